import { hash } from "../codec/common-types.ts";
import { bytes, type Infer, list, nullable, optional, struct, text, u32, u64 } from "../codec/schema.ts";

// Structures of the ParaTime client API. oasis-core v26.1 go/runtime/client/api.

/** Round that stands for the latest one. */
export const ROUND_LATEST = 0xffff_ffff_ffff_ffffn;
/** Round that is never valid. */
export const ROUND_INVALID = 0xffff_ffff_ffff_fffen;

/** An error as a ParaTime reports it. */
export const RuntimeError = struct("Error", {
  module: optional(text),
  code: optional(u32),
  message: optional(text),
});
export type RuntimeError = Infer<typeof RuntimeError>;

/** Where a submitted transaction ended up, and its output. */
export const SubmitTxMetaResponse = struct("SubmitTxMetaResponse", {
  data: optional(bytes),
  round: optional(u64),
  batch_order: optional(u32),
  check_tx_error: optional(nullable(RuntimeError)),
});
export type SubmitTxMetaResponse = Infer<typeof SubmitTxMetaResponse>;

/** An event of a transaction that is given beside it. */
export const PlainEvent = struct("PlainEvent", { key: bytes, value: bytes });
export type PlainEvent = Infer<typeof PlainEvent>;

/** An event of a round; `tx_hash` is all zero for events of the block itself. */
export const RuntimeEvent = struct("Event", { key: bytes, value: bytes, tx_hash: hash });
export type RuntimeEvent = Infer<typeof RuntimeEvent>;

/** A transaction, its output and its events. */
export const TransactionWithResults = struct("TransactionWithResults", {
  tx: bytes,
  result: bytes,
  events: optional(list(PlainEvent)),
});
export type TransactionWithResults = Infer<typeof TransactionWithResults>;

/** Answer to a query, in the ParaTime's own encoding. */
export const QueryResponse = struct("QueryResponse", { data: bytes });
export type QueryResponse = Infer<typeof QueryResponse>;
