import { join } from "node:path";
import type { ConsensusBackend } from "../api/backend.ts";
import { stateToGenesis } from "../api/state-to-genesis.ts";
import { formatGenesis } from "../config/genesis/write-genesis.ts";
import { writeFileDurably } from "../crypto/durable-file.ts";
import { makeFolder } from "../crypto/make-folder.ts";

/**
 * Writes the state after the last block as a genesis document into the folder `exports` of the data directory, under
 * the official node's file name.
 * @returns path of the file
 */
export function exportGenesis(dataDir: string, backend: ConsensusBackend): string {
  const document = stateToGenesis(backend, backend.latestHeight());
  const folder = join(dataDir, "exports");
  makeFolder(folder);
  // Any text may be a chain's id; in a file's name no separator is one.
  const name = document.chain_id.replaceAll("/", "_");
  const path = join(folder, `genesis-${name}-at-${document.height}.json`);
  writeFileDurably(path, formatGenesis(document), 0o600);
  return path;
}
