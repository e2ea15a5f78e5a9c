import { readFile, writeFile } from "node:fs/promises";
import { type Codec, fromJsonText, toJsonText } from "../codec/schema.ts";
import { CommandError } from "./errors.ts";

/** Largest file a command reads whole; only genesis documents are larger, and they have their own reader. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Content of a file. @throws CommandError that names it */
export async function readInput(path: string, what: string, maxBytes = MAX_FILE_BYTES): Promise<Buffer> {
  try {
    const content = await readFile(path);
    if (content.length <= maxBytes) return content;
  } catch (error) {
    throw new CommandError(`cannot read ${what} ${path}: ${systemReason(error)}`);
  }
  throw new CommandError(`${what} ${path} is larger than ${maxBytes} bytes`);
}

/** Value of a JSON file. @throws CommandError that names it and the place in it */
export async function readJsonFile<T>(codec: Codec<T>, path: string, what: string): Promise<T> {
  const content = await readInput(path, what);
  try {
    return fromJsonText(codec, content.toString("utf8"));
  } catch (error) {
    throw new CommandError(`${what} ${path} is malformed`, { cause: error });
  }
}

/** Writes a private file (mode 0600), as the official commands do. @throws CommandError that names it */
export async function writeOutput(path: string, content: string | Uint8Array, what: string): Promise<void> {
  try {
    await writeFile(path, content, { mode: 0o600 });
  } catch (error) {
    throw new CommandError(`cannot write ${what} ${path}: ${systemReason(error)}`);
  }
}

/** Writes a value as JSON, indented by two spaces, without a newline at the end, as the official commands do. */
export async function writeJsonFile<T>(codec: Codec<T>, value: T, path: string, what: string): Promise<void> {
  await writeOutput(path, toJsonText(codec, value, 2), what);
}

/** Reason of a failed system call in words. */
export function systemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Readonly<Record<string, string>> = {
    ENOENT: "no such file or directory",
    EACCES: "permission denied",
    EISDIR: "it is a directory",
    ENOTDIR: "a part of the path is not a directory",
    ENOSPC: "no space left on the device",
    EROFS: "the file system is read-only",
  };
  return words[code ?? ""] ?? message;
}
