import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { CheckpointSource } from "../../src/chain/state-sync/snapshot-server.ts";
import { utf8 } from "../../src/codec/bytes.ts";
import { sha512_256 } from "../../src/crypto/hash.ts";
import { CheckpointFiles } from "../../src/storage/checkpoint/checkpoint-files.ts";
import { createCheckpoint } from "../../src/storage/checkpoint/create-checkpoint.ts";
import { memoryEnvironment } from "../../src/storage/environment/memory-environment.ts";
import { MkvsTree } from "../../src/storage/mkvs/mkvs-tree.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import { checkpointErrors } from "../../src/types/errors.ts";
import { type Metadata, ROOT_STATE } from "../../src/types/storage.ts";
import { memoryFolder } from "../temporary-folder.ts";

const namespace = new Uint8Array(32);
const never = new AbortController().signal;

/** Whole chunks at once. */
export const wholeSlices = {
  now: () => 0,
  schedule(fn: () => void) {
    const immediate = setImmediate(fn);
    return () => clearImmediate(immediate);
  },
};

/** Key of an entry of {@link testCheckpoint}; its value is `value <i>`. */
export const checkpointKey = (i: number) => sha512_256(utf8(`key ${i}`));

export interface TestCheckpoint {
  readonly checkpoint: Metadata;
  readonly source: CheckpointSource;
}

/** A checkpoint of a state with some entries, in memory, in chunks of 4 KiB. */
export async function testCheckpoint(height: bigint, entries: number): Promise<TestCheckpoint> {
  const db = openNodeDb(memoryEnvironment(), namespace, {});
  const tree = MkvsTree.empty(ROOT_STATE, db);
  for (let i = 0; i < entries; i++) tree.insert(checkpointKey(i), utf8(`value ${i}`));
  const { root } = tree.commit(namespace, height);
  db.finalize([root]);
  const files = new CheckpointFiles(mkdtempSync(join(memoryFolder(), "checkpoints-")));
  const options = { chunkSize: 4096, threads: 0 };
  const checkpoint = await createCheckpoint(root, options, { db, files, clock: wholeSlices }, never);
  const chunks: Uint8Array[] = [];
  for (const [index, digest] of checkpoint.chunks!.entries()) {
    chunks.push(await files.readChunk({ version: 1, root, index: BigInt(index), digest }));
  }
  return {
    checkpoint,
    source: {
      list: () => [checkpoint],
      readChunk: async ({ index }) => {
        const chunk = chunks[Number(index)];
        if (chunk === undefined) throw checkpointErrors.chunkNotFound();
        return chunk;
      },
    },
  };
}
