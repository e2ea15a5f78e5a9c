import { readFile, stat } from "node:fs/promises";
import { CodecError } from "../../codec/errors.ts";
import { fromJsonText } from "../../codec/schema.ts";
import { Document } from "../../types/genesis.ts";
import { GenesisError } from "./genesis-error.ts";

/** Largest genesis file that is read. Mainnet's documents are below 100 MiB. */
export const MAX_GENESIS_BYTES = 512 * 1024 * 1024;

/**
 * Reads a genesis document from a file, without checking what it says.
 *
 * @param ifMissing what to do when there is no such file, for the message
 * @throws GenesisError when the file is missing, too large or malformed
 */
export async function readGenesis(path: string, ifMissing?: string): Promise<Document> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_GENESIS_BYTES) throw tooLarge(path, size);
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof GenesisError) throw error;
    throw new GenesisError(path, [{ path: "", message: describeReadFailure(error, ifMissing) }], {
      cause: error,
    });
  }
  return parseGenesis(text, path);
}

/**
 * Reads a genesis document from JSON text, as Go reads it: members that no structure has are dropped.
 *
 * @param source name of the text for messages
 * @throws GenesisError
 */
export function parseGenesis(text: string, source = "genesis document"): Document {
  try {
    return fromJsonText(Document, text);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const place = error.path === "" ? describePosition(text, error.reason) : error.reason;
    throw new GenesisError(source, [{ path: error.path, message: place }], { cause: error });
  }
}

/** Syntax errors name a position; people want line and column. */
function describePosition(text: string, reason: string): string {
  const match = /^(.*?) at position (\d+)$/s.exec(reason);
  if (match === null) return reason;
  const before = text.slice(0, Number(match[2])).split("\n");
  return `line ${before.length}, column ${before.at(-1)!.length + 1}: ${match[1]}`;
}

function describeReadFailure(error: unknown, ifMissing: string | undefined): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return ifMissing === undefined ? "no such file" : `no such file; ${ifMissing}`;
  if (code === "EACCES") return "permission denied";
  if (code === "EISDIR") return "this is a directory, not a genesis document";
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

function tooLarge(path: string, size: number): GenesisError {
  const limit = `${MAX_GENESIS_BYTES / 1024 / 1024} MiB`;
  return new GenesisError(path, [
    { path: "", message: `has ${size} bytes, more than the limit of ${limit}` },
  ]);
}
