import type { MkvsTree } from "../storage/mkvs/mkvs-tree.ts";
import { syncGet } from "../storage/proof/sync-get.ts";
import { syncGetPrefixes } from "../storage/proof/sync-get-prefixes.ts";
import { syncIterate } from "../storage/proof/sync-iterate.ts";
import type {
  GetPrefixesRequest,
  GetRequest,
  IterateRequest,
  ProofResponse,
  Root,
} from "../types/storage.ts";

/** Authenticated reads of trees: every answer carries its proof (facts/formats.md 6.5). */
export interface StateSync {
  get(request: GetRequest): Promise<ProofResponse>;
  getPrefixes(request: GetPrefixesRequest): Promise<ProofResponse>;
  iterate(request: IterateRequest): Promise<ProofResponse>;
}

/** @param open opens a stored tree; throws CodedError `storage/mkvs/db` 8 when the root is not known */
export function stateSync(open: (root: Root) => MkvsTree): StateSync {
  return {
    get: async (request) => syncGet(open(request.tree.root), request),
    getPrefixes: async (request) => syncGetPrefixes(open(request.tree.root), request),
    iterate: async (request) => syncIterate(open(request.tree.root), request),
  };
}
