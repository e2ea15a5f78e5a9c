import { hash, namespace, publicKey } from "../codec/common-types.ts";
import {
  bool,
  bytes,
  fixedBytes,
  type Infer,
  list,
  nullable,
  optional,
  struct,
  text,
  u8,
  u32,
  u64,
} from "../codec/schema.ts";
import { LightBlock, Validators } from "./api-consensus.ts";
import { Proof, ResultEvent, SignedTransaction } from "./consensus.ts";
import { Empty } from "./host-protocol-message.ts";
import type { CallDeclaration } from "./host-protocol-runtime-calls.ts";
import {
  GetPrefixesRequest,
  GetRequest,
  IterateRequest,
  ProofResponse,
  Proof as StorageProof,
} from "./storage.ts";

/**
 * Calls from a ParaTime to the host, protocol 5.1 (facts/runtime.md 1.3;
 * oasis-core v26.1 go/runtime/host/protocol/types.go).
 */

/** A call to another enclave: `endpoint` names the service, e.g. `key-manager`; `pf` judges the call before. */
export const HostRPCCallRequest = struct("HostRPCCallRequest", {
  endpoint: text,
  request_id: u64,
  request: bytes,
  kind: optional(u8),
  nodes: list(publicKey),
  pf: optional(nullable(u8)),
});
export type HostRPCCallRequest = Infer<typeof HostRPCCallRequest>;
export const HostRPCCallResponse = struct("HostRPCCallResponse", { response: bytes, node: publicKey });
export type HostRPCCallResponse = Infer<typeof HostRPCCallResponse>;

/** Judges the peer that answered a call: 0 success, 1 failure, 2 bad peer. */
export const HostSubmitPeerFeedbackRequest = struct("HostSubmitPeerFeedbackRequest", {
  endpoint: text,
  request_id: u64,
  peer_feedback: u8,
});
export type HostSubmitPeerFeedbackRequest = Infer<typeof HostSubmitPeerFeedbackRequest>;

/** The ParaTime's own state. */
export const STORAGE_RUNTIME = 0;
/** The consensus layer's state. */
export const STORAGE_CONSENSUS = 1;

/** Asks for a part of a tree with its proof; exactly one of the last three is there. */
export const HostStorageSyncRequest = struct("HostStorageSyncRequest", {
  endpoint: optional(u8),
  SyncGet: optional(nullable(GetRequest)),
  SyncGetPrefixes: optional(nullable(GetPrefixesRequest)),
  SyncIterate: optional(nullable(IterateRequest)),
});
export type HostStorageSyncRequest = Infer<typeof HostStorageSyncRequest>;
export const HostStorageSyncResponse = struct("HostStorageSyncResponse", {
  ProofResponse: optional(nullable(ProofResponse)),
});
export type HostStorageSyncResponse = Infer<typeof HostStorageSyncResponse>;

/** The node's own store for this ParaTime, outside the network's state. A missing key reads as null. */
export const HostLocalStorageGetRequest = struct("HostLocalStorageGetRequest", { key: bytes });
export type HostLocalStorageGetRequest = Infer<typeof HostLocalStorageGetRequest>;
export const HostLocalStorageGetResponse = struct("HostLocalStorageGetResponse", { value: bytes });
export type HostLocalStorageGetResponse = Infer<typeof HostLocalStorageGetResponse>;
export const HostLocalStorageSetRequest = struct("HostLocalStorageSetRequest", { key: bytes, value: bytes });
export type HostLocalStorageSetRequest = Infer<typeof HostLocalStorageSetRequest>;

export const HeightRequest = struct("HeightRequest", { height: u64 });
export type HeightRequest = Infer<typeof HeightRequest>;
export const HostFetchConsensusBlockResponse = struct("HostFetchConsensusBlockResponse", {
  block: LightBlock,
});
export const HostFetchConsensusValidatorsResponse = struct("HostFetchConsensusValidatorsResponse", {
  validators: Validators,
});

export const EVENTS_STAKING = 1;
export const EVENTS_REGISTRY = 2;
export const EVENTS_ROOTHASH = 3;
export const EVENTS_GOVERNANCE = 4;

/** Asks for the events of one service at a height. */
export const HostFetchConsensusEventsRequest = struct("HostFetchConsensusEventsRequest", {
  height: u64,
  kind: u8,
});
export type HostFetchConsensusEventsRequest = Infer<typeof HostFetchConsensusEventsRequest>;
export const HostFetchConsensusEventsResponse = struct("HostFetchConsensusEventsResponse", {
  events: optional(list(ResultEvent)),
});

export const HostFetchGenesisHeightResponse = struct("HostFetchGenesisHeightResponse", { height: u64 });

/** Asks for more transactions of the running schedule. */
export const HostFetchTxBatchRequest = struct("HostFetchTxBatchRequest", {
  offset: optional(nullable(hash)),
  limit: u32,
});
export type HostFetchTxBatchRequest = Infer<typeof HostFetchTxBatchRequest>;
export const HostFetchTxBatchResponse = struct("HostFetchTxBatchResponse", { batch: optional(list(bytes)) });

/** A transaction and the proof that it is in a block. */
export const ProvenTransaction = struct("ProvenTransaction", {
  signed_tx: nullable(SignedTransaction),
  proof: nullable(Proof),
});
export type ProvenTransaction = Infer<typeof ProvenTransaction>;

/** Asks the node to put `blob` into the chain: shows that the state it serves is fresh. */
export const HostProveFreshnessRequest = struct("HostProveFreshnessRequest", {
  blob: fixedBytes("blob", 32, "base64", { anyLength: true }),
});
export type HostProveFreshnessRequest = Infer<typeof HostProveFreshnessRequest>;

export const HostIdentityResponse = struct("HostIdentityResponse", { node_id: publicKey });
export type HostIdentityResponse = Infer<typeof HostIdentityResponse>;

/** A transaction of a ROFL component for a ParaTime. */
export const HostSubmitTxRequest = struct("HostSubmitTxRequest", {
  runtime_id: namespace,
  data: bytes,
  wait: optional(bool),
  prove: optional(bool),
});
export type HostSubmitTxRequest = Infer<typeof HostSubmitTxRequest>;
export const HostSubmitTxResponse = struct("HostSubmitTxResponse", {
  output: optional(bytes),
  round: optional(u64),
  batch_order: optional(u32),
  proof: optional(nullable(StorageProof)),
});
export type HostSubmitTxResponse = Infer<typeof HostSubmitTxResponse>;

export const HostRegisterNotifyEvent = struct("HostRegisterNotifyEvent", { tags: optional(list(bytes)) });
/** What a ROFL component wants to be told; replaces what it wanted before. */
export const HostRegisterNotifyRequest = struct("HostRegisterNotifyRequest", {
  runtime_block: optional(bool),
  runtime_event: optional(nullable(HostRegisterNotifyEvent)),
});
export type HostRegisterNotifyRequest = Infer<typeof HostRegisterNotifyRequest>;

/** Every call to the host by the name of its request. */
export const hostCalls = {
  HostRPCCallRequest: {
    request: HostRPCCallRequest,
    replyName: "HostRPCCallResponse",
    reply: HostRPCCallResponse,
  },
  HostSubmitPeerFeedbackRequest: {
    request: HostSubmitPeerFeedbackRequest,
    replyName: "HostSubmitPeerFeedbackResponse",
    reply: Empty,
  },
  HostStorageSyncRequest: {
    request: HostStorageSyncRequest,
    replyName: "HostStorageSyncResponse",
    reply: HostStorageSyncResponse,
  },
  HostLocalStorageGetRequest: {
    request: HostLocalStorageGetRequest,
    replyName: "HostLocalStorageGetResponse",
    reply: HostLocalStorageGetResponse,
  },
  HostLocalStorageSetRequest: {
    request: HostLocalStorageSetRequest,
    replyName: "HostLocalStorageSetResponse",
    reply: Empty,
  },
  HostFetchConsensusBlockRequest: {
    request: HeightRequest,
    replyName: "HostFetchConsensusBlockResponse",
    reply: HostFetchConsensusBlockResponse,
  },
  HostFetchConsensusValidatorsRequest: {
    request: HeightRequest,
    replyName: "HostFetchConsensusValidatorsResponse",
    reply: HostFetchConsensusValidatorsResponse,
  },
  HostFetchConsensusEventsRequest: {
    request: HostFetchConsensusEventsRequest,
    replyName: "HostFetchConsensusEventsResponse",
    reply: HostFetchConsensusEventsResponse,
  },
  HostFetchGenesisHeightRequest: {
    request: Empty,
    replyName: "HostFetchGenesisHeightResponse",
    reply: HostFetchGenesisHeightResponse,
  },
  HostFetchTxBatchRequest: {
    request: HostFetchTxBatchRequest,
    replyName: "HostFetchTxBatchResponse",
    reply: HostFetchTxBatchResponse,
  },
  HostFetchBlockMetadataTxRequest: {
    request: HeightRequest,
    replyName: "HostFetchBlockMetadataTxResponse",
    reply: ProvenTransaction,
  },
  HostProveFreshnessRequest: {
    request: HostProveFreshnessRequest,
    replyName: "HostProveFreshnessResponse",
    reply: ProvenTransaction,
  },
  HostIdentityRequest: { request: Empty, replyName: "HostIdentityResponse", reply: HostIdentityResponse },
  HostSubmitTxRequest: {
    request: HostSubmitTxRequest,
    replyName: "HostSubmitTxResponse",
    reply: HostSubmitTxResponse,
  },
  HostRegisterNotifyRequest: {
    request: HostRegisterNotifyRequest,
    replyName: "HostRegisterNotifyResponse",
    reply: Empty,
  },
} as const satisfies Record<string, CallDeclaration>;

export type HostCallName = keyof typeof hostCalls;
/** Request and reply of every call to the host. */
export type HostCalls = {
  [N in HostCallName]: {
    request: Infer<(typeof hostCalls)[N]["request"]>;
    reply: Infer<(typeof hostCalls)[N]["reply"]>;
  };
};
