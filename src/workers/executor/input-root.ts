import type { Hash } from "../../codec/common-types.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { MkvsTree } from "../../storage/mkvs/mkvs-tree.ts";
import { encodeInput, inputKey } from "../../types/io-tree.ts";
import { ROOT_IO } from "../../types/storage.ts";

/** Root of the tree that has the inputs of a batch alone: what a proposal names as its batch hash. */
export function inputRoot(batch: readonly Uint8Array[]): Hash {
  const tree = MkvsTree.empty(ROOT_IO);
  for (const [order, input] of batch.entries())
    tree.insert(inputKey(sha512_256(input)), encodeInput(input, order));
  return tree.rootHash();
}
