import { hash, type Namespace } from "../../codec/common-types.ts";
import { bytes, list, nullable, optional, struct, u16, u64 } from "../../codec/schema.ts";
import { runtimeProtocolId } from "../../p2p/libp2p/protocol-names.ts";
import { rpcMethod, type ServedMethod, serve } from "../../p2p/libp2p/rpc/rpc-method.ts";
import type { RpcService } from "../../p2p/libp2p/rpc/rpc-server.ts";
import type { ChunkMetadata } from "../../types/storage.ts";
import {
  GetPrefixesRequest,
  GetRequest,
  IterateRequest,
  Metadata,
  ProofResponse,
  Root,
  WriteLog,
} from "../../types/storage.ts";
import type { StateSync } from "../state-sync.ts";

/**
 * How nodes give each other the states of a ParaTime (facts/runtime.md 4.4): `diffsync` and `checkpointsync`, and
 * `storagesync`, which is both for nodes older than 25.5.
 */

/** Peers of the registry, and peers altogether, that a node wants to be connected to for each. */
export const STORAGE_SYNC_PEERS = { min: 5, total: 10 } as const;

/** Waits for an answer (oasis-core v26.1 go/worker/storage/p2p). */
const DIFF_MS = 15_000;
const CHUNK_MS = 60_000;
/** Answers of one kind that are made at once: each may be as long as a message can be. */
const MAX_LONG_ANSWERS = 32;

const GetDiffRequest = struct("GetDiffRequest", { start_root: Root, end_root: Root });
const GetDiffResponse = struct("GetDiffResponse", { write_log: optional(WriteLog) });
const GetCheckpointsRequest = struct("GetCheckpointsRequest", { version: u16 });
const GetCheckpointsResponse = struct("GetCheckpointsResponse", {
  checkpoints: optional(list(nullable(Metadata))),
});
const GetCheckpointChunkRequest = struct("GetCheckpointChunkRequest", {
  version: u16,
  root: Root,
  index: u64,
  digest: hash,
});
const GetCheckpointChunkResponse = struct("GetCheckpointChunkResponse", { chunk: optional(bytes) });

/** The changes between two roots, of which the second follows the first. */
export const getDiff = rpcMethod("GetDiff", GetDiffRequest, GetDiffResponse, DIFF_MS);
/** All checkpoints that a node has. */
export const getCheckpoints = rpcMethod("GetCheckpoints", GetCheckpointsRequest, GetCheckpointsResponse);
/** One chunk of a checkpoint. */
export const getCheckpointChunk = rpcMethod(
  "GetCheckpointChunk",
  GetCheckpointChunkRequest,
  GetCheckpointChunkResponse,
  CHUNK_MS,
);

/** The same questions as a ParaTime asks its node, for nodes that keep no state (facts/runtime.md 4.4). */
export const storagePublic = {
  get: rpcMethod("Get", GetRequest, ProofResponse),
  getPrefixes: rpcMethod("GetPrefixes", GetPrefixesRequest, ProofResponse),
  iterate: rpcMethod("Iterate", IterateRequest, ProofResponse),
} as const;

/** Authenticated reads for everybody: each answer carries its proof. */
export function storagePublicService(
  chainContext: string,
  runtimeId: Namespace,
  sync: StateSync,
): RpcService {
  return {
    protocol: runtimeProtocolId(chainContext, "storagepub", runtimeId, 2),
    methods: [
      serve(storagePublic.get, (request) => sync.get(request)),
      serve(storagePublic.getPrefixes, (request) => sync.getPrefixes(request)),
      serve(storagePublic.iterate, (request) => sync.iterate(request)),
    ],
    limits: { maxRequests: MAX_LONG_ANSWERS },
  };
}

/** Names of the three protocols for one ParaTime. */
export function storageSyncIds(chainContext: string, runtimeId: Namespace) {
  return {
    diffs: runtimeProtocolId(chainContext, "diffsync", runtimeId, 1),
    checkpoints: runtimeProtocolId(chainContext, "checkpointsync", runtimeId, 1),
    legacy: runtimeProtocolId(chainContext, "storagesync", runtimeId, 2),
  } as const;
}

/** What a node gives of its storage. Failures are told to the peer. */
export interface StorageSource {
  diff(start: Root, end: Root): WriteLog;
  checkpoints(): readonly Metadata[];
  chunk(chunk: ChunkMetadata): Promise<Uint8Array>;
}

/** Services of a node; with checkpoints where it makes any. */
export function storageSyncServices(
  { diffs, checkpoints, legacy }: ReturnType<typeof storageSyncIds>,
  source: StorageSource,
  hasCheckpoints: boolean,
): RpcService[] {
  const diff = serve(getDiff, ({ start_root, end_root }) => ({
    write_log: source.diff(start_root, end_root),
  }));
  const forCheckpoints: ServedMethod[] = [
    serve(getCheckpoints, () => ({ checkpoints: [...source.checkpoints()] })),
    serve(getCheckpointChunk, async (chunk) => ({ chunk: await source.chunk(chunk) })),
  ];
  const limits = { maxRequests: MAX_LONG_ANSWERS };
  return [
    { protocol: diffs, methods: [diff], limits },
    { protocol: legacy, methods: [diff, ...forCheckpoints], limits },
    ...(hasCheckpoints ? [{ protocol: checkpoints, methods: forCheckpoints, limits }] : []),
  ];
}
