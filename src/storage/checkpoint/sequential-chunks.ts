import { iterate } from "../mkvs/iterate.ts";
import { ProofStream } from "../proof/proof-stream.ts";
import { ProvingIterator } from "../proof/proving-iterator.ts";
import { nextKey } from "../tree.ts";
import type { ChunkedTree, ChunkOutput } from "./chunk-output.ts";

/**
 * Cuts a tree into chunks one after the other in the order of keys: each has the entries from where the last one
 * ended until its proof is `chunkSize` bytes long or longer. facts/formats.md 6.7.
 *
 * Steps are of one entry each.
 * @param open begins the next chunk
 */
export function* sequentialChunks(
  { source, top }: ChunkedTree,
  chunkSize: number,
  open: () => ChunkOutput,
): Generator<void, void> {
  let offset: Uint8Array | null = new Uint8Array(0);
  while (offset !== null) {
    const output = open();
    const proof = new ProofStream(source, top, (entry) => output.put(entry));
    const iterator = new ProvingIterator(source, top, proof);
    iterator.seek(offset);
    while (iterator.current !== null && proof.size < chunkSize) {
      iterator.next();
      yield;
    }
    proof.end();
    output.end();
    offset = iterator.current === null ? null : keyAfter(iterator.current[0], { source, top });
  }
}

/** The key after one of the tree's, null when that is the last. */
function keyAfter(key: Uint8Array, { source, top }: ChunkedTree): Uint8Array | null {
  for (const [next] of iterate(source, top, nextKey(key))) return next;
  return null;
}
