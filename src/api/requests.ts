import { address, namespace, publicKey } from "../codec/common-types.ts";
import type { Infer } from "../codec/schema.ts";
import { bool, bytes, i64, int, nullable, optional, struct, text, u8, u32, u64 } from "../codec/schema.ts";
import { Transaction } from "../types/consensus.ts";

// Requests that exist in the API only (api.md 2.3-2.11), named as in `oasis-core v26.1 go/*/api`.

export const EstimateGasRequest = struct("EstimateGasRequest", {
  signer: publicKey,
  transaction: nullable(Transaction),
});
export type EstimateGasRequest = Infer<typeof EstimateGasRequest>;

/** Of releases before 26.0; kept because rosetta-gateway up to 2.7 and the npm client still send it. */
export const GetSignerNonceRequest = struct("GetSignerNonceRequest", {
  account_address: address,
  height: i64,
});
export type GetSignerNonceRequest = Infer<typeof GetSignerNonceRequest>;

export const IDQuery = struct("IDQuery", { height: i64, id: publicKey });
export type IDQuery = Infer<typeof IDQuery>;

export const NamespaceQuery = struct("NamespaceQuery", { height: i64, id: namespace });
export type NamespaceQuery = Infer<typeof NamespaceQuery>;

export const ConsensusAddressQuery = struct("ConsensusAddressQuery", { height: i64, address: bytes });
export type ConsensusAddressQuery = Infer<typeof ConsensusAddressQuery>;

export const GetRuntimeQuery = struct("GetRuntimeQuery", {
  height: i64,
  id: namespace,
  include_suspended: optional(bool),
});
export type GetRuntimeQuery = Infer<typeof GetRuntimeQuery>;

export const GetRuntimesQuery = struct("GetRuntimesQuery", { height: i64, include_suspended: bool });
export type GetRuntimesQuery = Infer<typeof GetRuntimesQuery>;

export const GetCommitteesRequest = struct("GetCommitteesRequest", { height: i64, runtime_id: namespace });
export type GetCommitteesRequest = Infer<typeof GetCommitteesRequest>;

export const OwnerQuery = struct("OwnerQuery", { height: i64, owner: address });
export type OwnerQuery = Infer<typeof OwnerQuery>;

export const AllowanceQuery = struct("AllowanceQuery", { height: i64, owner: address, beneficiary: address });
export type AllowanceQuery = Infer<typeof AllowanceQuery>;

export const ThresholdQuery = struct("ThresholdQuery", { height: i64, kind: int });
export type ThresholdQuery = Infer<typeof ThresholdQuery>;

export const ChurpStatusQuery = struct("StatusQuery", { height: i64, runtime_id: namespace, churp_id: u8 });
export type ChurpStatusQuery = Infer<typeof ChurpStatusQuery>;

export const RuntimeRequest = struct("RuntimeRequest", { runtime_id: namespace, height: i64 });
export type RuntimeRequest = Infer<typeof RuntimeRequest>;

export const RoundRootsRequest = struct("RoundRootsRequest", {
  runtime_id: namespace,
  height: i64,
  round: u64,
});
export type RoundRootsRequest = Infer<typeof RoundRootsRequest>;

export const InMessageQueueRequest = struct("InMessageQueueRequest", {
  runtime_id: namespace,
  height: i64,
  offset: optional(u64),
  limit: optional(u32),
});
export type InMessageQueueRequest = Infer<typeof InMessageQueueRequest>;

export const ProposalQuery = struct("ProposalQuery", { height: i64, id: u64 });
export type ProposalQuery = Infer<typeof ProposalQuery>;

export const VaultQuery = struct("VaultQuery", { height: i64, address });
export type VaultQuery = Infer<typeof VaultQuery>;

export const VaultAddressQuery = struct("AddressQuery", { height: i64, vault: address, address });
export type VaultAddressQuery = Infer<typeof VaultAddressQuery>;

export const SubmitTxRequest = struct("SubmitTxRequest", { runtime_id: namespace, data: bytes });
export type SubmitTxRequest = Infer<typeof SubmitTxRequest>;

export const RuntimeRoundRequest = struct("GetBlockRequest", { runtime_id: namespace, round: u64 });
export type RuntimeRoundRequest = Infer<typeof RuntimeRoundRequest>;

export const ComponentID = struct("ComponentID", { kind: text, name: optional(text) });
export type ComponentID = Infer<typeof ComponentID>;

export const QueryRequest = struct("QueryRequest", {
  runtime_id: namespace,
  component: optional(nullable(ComponentID)),
  round: u64,
  method: text,
  args: bytes,
});
export type QueryRequest = Infer<typeof QueryRequest>;
