import type { Hash } from "../../codec/common-types.ts";
import type { Metadata, Root } from "../../types/storage.ts";
import type { BackgroundClock } from "../background/clock.ts";
import { DEFAULT_SLICES, inSlices } from "../background/in-slices.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import type { NodeDb } from "../node-db/node-db.ts";
import { CHECKPOINT_VERSION, type CheckpointFiles } from "./checkpoint-files.ts";
import { ChunkFile } from "./chunk-file.ts";
import { parallelChunks } from "./parallel-chunks.ts";
import { sequentialChunks } from "./sequential-chunks.ts";

export interface ChunkingOptions {
  /** Bytes at which a chunk ends. */
  readonly chunkSize: number;
  /** Number of threads of the parallel chunker, whose chunks are others than the sequential one's; 0: that one. */
  readonly threads: number;
}

export interface CreateCheckpointDeps {
  /** Must keep the root until the checkpoint is there. */
  readonly db: NodeDb;
  readonly files: CheckpointFiles;
  readonly clock: BackgroundClock;
}

/**
 * Makes the checkpoint of a root, in slices beside everything else; one that is there already stays as it is.
 * @throws CodedError `storage/mkvs/db` 8 when the root is not known; the signal's reason; nothing is left then
 */
export async function createCheckpoint(
  root: Root,
  options: ChunkingOptions,
  { db, files, clock }: CreateCheckpointDeps,
  signal: AbortSignal,
): Promise<Metadata> {
  const existing = files.find(root);
  if (existing !== null) return existing;
  const tree = MkvsTree.open(db, root);
  files.begin(root);
  try {
    const chunks = await inSlices(writeChunks(tree, root, options, files), DEFAULT_SLICES, clock, signal);
    const checkpoint = { version: CHECKPOINT_VERSION, root, chunks };
    await files.complete(checkpoint, signal);
    return checkpoint;
  } catch (error) {
    files.remove(root);
    throw error;
  }
}

/** Writes a tree's chunks and gives their digests. */
function* writeChunks(
  tree: MkvsTree,
  root: Root,
  { chunkSize, threads }: ChunkingOptions,
  files: CheckpointFiles,
): Generator<void, Hash[]> {
  const digests: Hash[] = [];
  const chunked = { source: tree.source, top: tree.top() };
  let file: ChunkFile | null = null;
  const open = () => {
    file = new ChunkFile(files.chunkPath(root, BigInt(digests.length)), (digest) => digests.push(digest));
    return file;
  };
  try {
    if (threads === 0) yield* sequentialChunks(chunked, chunkSize, open);
    else yield* parallelChunks(chunked, chunkSize, threads, open);
  } finally {
    (file as ChunkFile | null)?.close();
  }
  return digests;
}
