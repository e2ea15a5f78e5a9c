import type { CheckpointFiles } from "../../src/storage/checkpoint/checkpoint-files.ts";
import { Restorer } from "../../src/storage/checkpoint/restorer.ts";
import { memoryEnvironment } from "../../src/storage/environment/memory-environment.ts";
import type { NodeDb } from "../../src/storage/node-db/node-db.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import type { Metadata } from "../../src/types/storage.ts";

/** Restores a checkpoint into an empty database, in which its root is final then. @throws when it is not complete */
export async function restoreCheckpoint(files: CheckpointFiles, checkpoint: Metadata): Promise<NodeDb> {
  const { root, chunks } = checkpoint;
  const db = openNodeDb(memoryEnvironment(), root.ns);
  db.multipart.start(root.version);
  const restorer = new Restorer(db);
  restorer.start(checkpoint);
  for (const [index, digest] of chunks!.entries()) {
    const chunk = await files.readChunk({ version: 1, root, index: BigInt(index), digest });
    const work = restorer.restoreChunk(index, new Uint8Array(chunk));
    while (work.next().done !== true);
  }
  db.finalize([root]);
  return db;
}
