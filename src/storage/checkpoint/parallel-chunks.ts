import type { ChunkedTree, ChunkOutput } from "./chunk-output.ts";
import { SubtreeTask } from "./subtree-task.ts";

/** How often tasks are split in the hope of more of them; oasis-core v26.1 go/storage/mkvs/checkpoint/chunk.go. */
const MAX_SPLITS = 10;

/**
 * Cuts a tree into the chunks that the network's parallel chunker makes with so many threads: a chunk of each of up to
 * `threads` subtrees, again and again. The result depends on the number, not on who does the work; here it is done one
 * after the other. facts/formats.md 6.7.
 *
 * Steps are of one node each.
 * @param threads at least 1
 * @param open begins the next chunk
 */
export function* parallelChunks(
  tree: ChunkedTree,
  chunkSize: number,
  threads: number,
  open: () => ChunkOutput,
): Generator<void, void> {
  let tasks = [SubtreeTask.whole(tree)];
  do {
    tasks = splitTasks(tasks, threads);
    for (const task of tasks) yield* task.nextChunk(chunkSize, open());
    tasks = tasks.filter((task) => !task.isDone);
  } while (tasks.length > 0);
}

/** Splits tasks from left to right until there are enough. */
function splitTasks(tasks: readonly SubtreeTask[], threads: number): SubtreeTask[] {
  let current = [...tasks];
  for (let i = 0; i < MAX_SPLITS; i++) {
    const next: SubtreeTask[] = [];
    for (const [done, task] of current.entries()) {
      if (next.length + current.length - done >= threads) return [...next, ...current.slice(done)];
      next.push(...task.split());
    }
    current = next;
  }
  return current;
}
