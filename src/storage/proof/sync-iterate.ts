import type { IterateRequest, ProofResponse } from "../../types/storage.ts";
import type { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { ProofBuilder } from "./proof-builder.ts";
import { ProvingIterator } from "./proving-iterator.ts";
import { checkRequest, MAX_PROOF_BYTES } from "./sync-request.ts";

/**
 * Proves the first entry at or after a key and the `prefetch` entries behind it, from the root of the tree. A proof
 * that would be too long ends earlier. facts/formats.md 6.5.
 * @throws QanatError as {@link syncGet}
 */
export function syncIterate(tree: MkvsTree, request: IterateRequest): ProofResponse {
  const top = checkRequest(tree, request.tree.root);
  const { hash } = request.tree.root;
  const builder = new ProofBuilder(tree.source, hash, hash, request.proof_version);
  const iterator = new ProvingIterator(tree.source, top, builder);
  iterator.seek(request.key ?? new Uint8Array(0));
  for (let i = 0; i < request.prefetch && iterator.current !== null; i++) {
    if (builder.size > MAX_PROOF_BYTES) break;
    iterator.next();
  }
  return { proof: builder.build() };
}
