import type { GetRequest, ProofResponse } from "../../types/storage.ts";
import { bitAt } from "../mkvs/bits.ts";
import type { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { Leaf, nodeOf, type Ref } from "../mkvs/node.ts";
import { ProofBuilder } from "./proof-builder.ts";
import { checkRequest } from "./sync-request.ts";

/**
 * Proves what is under a key, from the position in the request when the way leads over it. facts/formats.md 6.5.
 * @throws QanatError `mkvs/invalid-root` when the tree is another, `mkvs/dirty-root` when it has changes,
 *   `mkvs/unsupported-proof-version`
 */
export function syncGet(tree: MkvsTree, request: GetRequest): ProofResponse {
  const top = checkRequest(tree, request.tree.root);
  const { source } = tree;
  const builder = new ProofBuilder(
    source,
    request.tree.root.hash,
    request.tree.position,
    request.proof_version,
  );
  const include = (ref: Ref | null): void => {
    if (ref !== null) builder.include(ref, nodeOf(source, ref));
  };
  const key = request.key ?? new Uint8Array(0);
  const keyBits = key.length * 8;
  let depth = 0;
  let ref = top;
  while (ref !== null) {
    const node = nodeOf(source, ref);
    builder.include(ref, node);
    if (node instanceof Leaf) break;
    depth += node.labelBits;
    if (depth > keyBits) break;
    const ends = depth === keyBits;
    if (request.include_siblings) {
      // The child on the way is included when it is reached; in version 0 a leaf comes with its fork.
      include(node.left);
      include(node.right);
      if (builder.version > 0) include(node.leaf);
    }
    if (ends) {
      if (builder.version > 0) include(node.leaf);
      break;
    }
    ref = bitAt(key, depth) === 1 ? node.right : node.left;
  }
  return { proof: builder.build() };
}
