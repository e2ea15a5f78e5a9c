import { hash, namespace, publicKey, rawSignature, x25519Key } from "../codec/common-types.ts";
import {
  bool,
  bytes,
  type Codec,
  type Infer,
  list,
  nullable,
  optional,
  raw,
  struct,
  text,
  u8,
  u32,
  u64,
} from "../codec/schema.ts";
import { LightBlock } from "./api-consensus.ts";
import { EpochTime, Version } from "./common.ts";
import { Empty, ProtocolError } from "./host-protocol-message.ts";
import { Status } from "./keymanager.ts";
import { EndorsedCapabilityTEE } from "./node.ts";
import { RoundResults } from "./roothash.ts";
import { AnnotatedBlock, Block, Header } from "./roothash-block.ts";
import { ComputeResultsHeader } from "./roothash-commitment.ts";
import { IncomingMessage, Message } from "./roothash-message.ts";
import { AVRBundle, Quote, QuotePolicy } from "./sgx.ts";
import { WriteLog } from "./storage.ts";

/**
 * Calls from the host to a ParaTime, protocol 5.1 (facts/runtime.md 1.2;
 * oasis-core v26.1 go/runtime/host/protocol/types.go).
 */

/** Introduces the host; the first call on a connection. `local_config` is a CBOR map. */
export const RuntimeInfoRequest = struct("RuntimeInfoRequest", {
  runtime_id: namespace,
  consensus_backend: text,
  consensus_protocol_version: Version,
  consensus_chain_context: text,
  local_config: optional(raw),
});
export type RuntimeInfoRequest = Infer<typeof RuntimeInfoRequest>;

/** The ParaTime chooses the transactions of its batches; the host offers up to `initial_batch_size` first. */
export const FeatureScheduleControl = struct("FeatureScheduleControl", { initial_batch_size: u32 });
export type FeatureScheduleControl = Infer<typeof FeatureScheduleControl>;

export const Features = struct("Features", {
  schedule_control: optional(nullable(FeatureScheduleControl)),
  key_manager_quote_policy_updates: optional(bool),
  key_manager_status_updates: optional(bool),
  endorsed_capability_tee: optional(bool),
});
export type Features = Infer<typeof Features>;

/** What a ParaTime says about itself. */
export const RuntimeInfoResponse = struct("RuntimeInfoResponse", {
  protocol_version: Version,
  runtime_version: Version,
  features: optional(Features),
});
export type RuntimeInfoResponse = Infer<typeof RuntimeInfoResponse>;

export const RakInitRequest = struct("RuntimeCapabilityTEERakInitRequest", { target_info: bytes });
export const RakReportResponse = struct("RuntimeCapabilityTEERakReportResponse", {
  rak_pub: publicKey,
  rek_pub: optional(nullable(x25519Key)),
  report: bytes,
  nonce: text,
});
export const RakAvrRequest = struct("RuntimeCapabilityTEERakAvrRequest", { avr: AVRBundle });
export const RakQuoteRequest = struct("RuntimeCapabilityTEERakQuoteRequest", { quote: Quote });
export const RakQuoteResponse = struct("RuntimeCapabilityTEERakQuoteResponse", {
  height: u64,
  signature: rawSignature,
});
export const UpdateEndorsementRequest = struct("RuntimeCapabilityTEEUpdateEndorsementRequest", {
  ect: EndorsedCapabilityTEE,
});

/** EnclaveRPC: `kind` 0 Noise session, 1 insecure query, 2 local query; `peer_id` in its binary form. */
export const RuntimeRPCCallRequest = struct("RuntimeRPCCallRequest", {
  request: bytes,
  kind: optional(u8),
  peer_id: optional(bytes),
});
export const RuntimeRPCCallResponse = struct("RuntimeRPCCallResponse", { response: bytes });
export const RuntimeLocalRPCCallRequest = struct("RuntimeLocalRPCCallRequest", { request: bytes });
export const RuntimeLocalRPCCallResponse = struct("RuntimeLocalRPCCallResponse", { response: bytes });

/** Asks which transactions may enter the pool, on the state after `block`. */
export const RuntimeCheckTxBatchRequest = struct("RuntimeCheckTxBatchRequest", {
  consensus_block: LightBlock,
  inputs: list(bytes),
  block: Block,
  epoch: EpochTime,
  max_messages: u32,
});
export type RuntimeCheckTxBatchRequest = Infer<typeof RuntimeCheckTxBatchRequest>;

/** What the scheduler needs to know of a transaction. */
export const CheckTxMetadata = struct("CheckTxMetadata", {
  priority: optional(u64),
  sender: optional(bytes),
  sender_seq: optional(u64),
  sender_state_seq: optional(u64),
});
export type CheckTxMetadata = Infer<typeof CheckTxMetadata>;

export const CheckTxResult = struct("CheckTxResult", {
  error: ProtocolError,
  meta: optional(nullable(CheckTxMetadata)),
});
export type CheckTxResult = Infer<typeof CheckTxResult>;

/** One result an input, in their order. */
export const RuntimeCheckTxBatchResponse = struct("RuntimeCheckTxBatchResponse", {
  results: list(CheckTxResult),
});
export type RuntimeCheckTxBatchResponse = Infer<typeof RuntimeCheckTxBatchResponse>;

/** The batch is executed as it is. */
export const MODE_EXECUTE = 0;
/** The ParaTime decides which transactions the batch has. */
export const MODE_SCHEDULE = 1;

/** Asks for the round after `block`. In mode execute `io_root` is the root of the inputs; in mode schedule zero. */
export const RuntimeExecuteTxBatchRequest = struct("RuntimeExecuteTxBatchRequest", {
  mode: optional(u8),
  consensus_block: LightBlock,
  round_results: nullable(RoundResults),
  io_root: hash,
  inputs: list(bytes),
  in_msgs: optional(list(IncomingMessage)),
  block: Block,
  epoch: EpochTime,
  max_messages: u32,
});
export type RuntimeExecuteTxBatchRequest = Infer<typeof RuntimeExecuteTxBatchRequest>;

/** Results of a round: header, changes of both trees, messages to the consensus layer. */
export const ComputedBatch = struct("ComputedBatch", {
  header: ComputeResultsHeader,
  io_write_log: WriteLog,
  state_write_log: WriteLog,
  rak_sig: rawSignature,
  messages: list(Message),
});
export type ComputedBatch = Infer<typeof ComputedBatch>;

/** `tx_hashes` is the batch as scheduled, `tx_reject_hashes` what shall leave the pool; both only in mode schedule. */
export const RuntimeExecuteTxBatchResponse = struct("RuntimeExecuteTxBatchResponse", {
  batch: ComputedBatch,
  tx_hashes: optional(list(hash)),
  tx_reject_hashes: optional(list(hash)),
  tx_input_root: hash,
  tx_input_write_log: optional(WriteLog),
});
export type RuntimeExecuteTxBatchResponse = Infer<typeof RuntimeExecuteTxBatchResponse>;

export const KeyManagerStatusUpdateRequest = struct("RuntimeKeyManagerStatusUpdateRequest", {
  status: Status,
});
export const KeyManagerQuotePolicyUpdateRequest = struct("RuntimeKeyManagerQuotePolicyUpdateRequest", {
  policy: QuotePolicy,
});

/** Asks something about the state after the block with this header. `args` and the answer are CBOR. */
export const RuntimeQueryRequest = struct("RuntimeQueryRequest", {
  consensus_block: LightBlock,
  header: Header,
  epoch: EpochTime,
  max_messages: u32,
  method: text,
  args: optional(bytes),
});
export type RuntimeQueryRequest = Infer<typeof RuntimeQueryRequest>;

export const RuntimeQueryResponse = struct("RuntimeQueryResponse", { data: optional(bytes) });
export type RuntimeQueryResponse = Infer<typeof RuntimeQueryResponse>;

/** Tells the height that the consensus layer has reached. */
export const RuntimeConsensusSyncRequest = struct("RuntimeConsensusSyncRequest", { height: u64 });
export type RuntimeConsensusSyncRequest = Infer<typeof RuntimeConsensusSyncRequest>;

/** An event that a ROFL component asked for. */
export const RuntimeNotifyEvent = struct("RuntimeNotifyEvent", { block: AnnotatedBlock, tags: list(bytes) });
export const RuntimeNotifyRequest = struct("RuntimeNotifyRequest", {
  runtime_block: optional(nullable(AnnotatedBlock)),
  runtime_event: optional(nullable(RuntimeNotifyEvent)),
});
export type RuntimeNotifyRequest = Infer<typeof RuntimeNotifyRequest>;

/** A call: fields of the request, name and fields of the reply. */
export interface CallDeclaration {
  // biome-ignore lint/suspicious/noExplicitAny: the value types are recovered by Infer
  readonly request: Codec<any>;
  /** `null`: any reply that is not an error will do, its content is not read. */
  readonly replyName: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: the value types are recovered by Infer
  readonly reply: Codec<any>;
}

/** Every call to a ParaTime by the name of its request. */
export const runtimeCalls = {
  RuntimeInfoRequest: {
    request: RuntimeInfoRequest,
    replyName: "RuntimeInfoResponse",
    reply: RuntimeInfoResponse,
  },
  RuntimePingRequest: { request: Empty, replyName: null, reply: Empty },
  RuntimeShutdownRequest: { request: Empty, replyName: null, reply: Empty },
  RuntimeAbortRequest: { request: Empty, replyName: "RuntimeAbortResponse", reply: Empty },
  RuntimeCapabilityTEERakInitRequest: {
    request: RakInitRequest,
    replyName: "RuntimeCapabilityTEERakInitResponse",
    reply: Empty,
  },
  RuntimeCapabilityTEERakReportRequest: {
    request: Empty,
    replyName: "RuntimeCapabilityTEERakReportResponse",
    reply: RakReportResponse,
  },
  RuntimeCapabilityTEERakAvrRequest: {
    request: RakAvrRequest,
    replyName: "RuntimeCapabilityTEERakAvrResponse",
    reply: Empty,
  },
  RuntimeCapabilityTEERakQuoteRequest: {
    request: RakQuoteRequest,
    replyName: "RuntimeCapabilityTEERakQuoteResponse",
    reply: RakQuoteResponse,
  },
  RuntimeCapabilityTEEUpdateEndorsementRequest: {
    request: UpdateEndorsementRequest,
    replyName: "RuntimeCapabilityTEEUpdateEndorsementResponse",
    reply: Empty,
  },
  RuntimeRPCCallRequest: {
    request: RuntimeRPCCallRequest,
    replyName: "RuntimeRPCCallResponse",
    reply: RuntimeRPCCallResponse,
  },
  RuntimeLocalRPCCallRequest: {
    request: RuntimeLocalRPCCallRequest,
    replyName: "RuntimeLocalRPCCallResponse",
    reply: RuntimeLocalRPCCallResponse,
  },
  RuntimeCheckTxBatchRequest: {
    request: RuntimeCheckTxBatchRequest,
    replyName: "RuntimeCheckTxBatchResponse",
    reply: RuntimeCheckTxBatchResponse,
  },
  RuntimeExecuteTxBatchRequest: {
    request: RuntimeExecuteTxBatchRequest,
    replyName: "RuntimeExecuteTxBatchResponse",
    reply: RuntimeExecuteTxBatchResponse,
  },
  RuntimeKeyManagerStatusUpdateRequest: {
    request: KeyManagerStatusUpdateRequest,
    replyName: "RuntimeKeyManagerStatusUpdateResponse",
    reply: Empty,
  },
  RuntimeKeyManagerQuotePolicyUpdateRequest: {
    request: KeyManagerQuotePolicyUpdateRequest,
    replyName: "RuntimeKeyManagerQuotePolicyUpdateResponse",
    reply: Empty,
  },
  RuntimeQueryRequest: {
    request: RuntimeQueryRequest,
    replyName: "RuntimeQueryResponse",
    reply: RuntimeQueryResponse,
  },
  RuntimeConsensusSyncRequest: {
    request: RuntimeConsensusSyncRequest,
    replyName: "RuntimeConsensusSyncResponse",
    reply: Empty,
  },
  // The official ParaTime library answers with Empty, not with RuntimeNotifyResponse.
  RuntimeNotifyRequest: { request: RuntimeNotifyRequest, replyName: null, reply: Empty },
} as const satisfies Record<string, CallDeclaration>;

export type RuntimeCallName = keyof typeof runtimeCalls;
/** Request and reply of every call to a ParaTime. */
export type RuntimeCalls = {
  [N in RuntimeCallName]: {
    request: Infer<(typeof runtimeCalls)[N]["request"]>;
    reply: Infer<(typeof runtimeCalls)[N]["reply"]>;
  };
};
