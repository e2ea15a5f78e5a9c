import { startsWith } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import type { GetPrefixesRequest, ProofResponse } from "../../types/storage.ts";
import type { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { ProofBuilder } from "./proof-builder.ts";
import { ProvingIterator } from "./proving-iterator.ts";
import { checkRequest, MAX_PREFIXES, MAX_PROOF_BYTES } from "./sync-request.ts";

/**
 * Proves the entries whose keys begin with the prefixes, `limit` of them altogether, from the root of the tree. A
 * proof that would be too long ends earlier. facts/formats.md 6.5.
 * @throws QanatError `mkvs/too-many-prefixes`, and as {@link syncGet}
 */
export function syncGetPrefixes(tree: MkvsTree, request: GetPrefixesRequest): ProofResponse {
  const top = checkRequest(tree, request.tree.root);
  const prefixes = request.prefixes ?? [];
  if (prefixes.length > MAX_PREFIXES) {
    throw new QanatError("mkvs/too-many-prefixes", `a request has at most ${MAX_PREFIXES} prefixes`);
  }
  const { hash } = request.tree.root;
  const builder = new ProofBuilder(tree.source, hash, hash, request.proof_version);
  const iterator = new ProvingIterator(tree.source, top, builder);
  let total = 0;
  for (const prefix of prefixes) {
    const start = prefix ?? new Uint8Array(0);
    iterator.seek(start);
    while (iterator.current !== null && startsWith(iterator.current[0], start) && total < request.limit) {
      iterator.next();
      total++;
    }
    // The network's walk stops at the limit only while it stands at an entry.
    if (iterator.current !== null && total >= request.limit) break;
    if (builder.size > MAX_PROOF_BYTES) break;
  }
  return { proof: builder.build() };
}
