import { hash, publicKey } from "../codec/common-types.ts";
import {
  bool,
  bytes,
  duration,
  type Infer,
  i64,
  list,
  nullable,
  optional,
  quantity,
  raw,
  struct,
  text,
  u32,
  u64,
} from "../codec/schema.ts";
import { Costs, Signed, Version } from "./common.ts";
import * as governance from "./governance.ts";
import * as registry from "./registry.ts";
import * as roothash from "./roothash.ts";
import * as staking from "./staking-events.ts";

/** The only consensus backend, as the genesis document names it. */
export const BACKEND_COMETBFT = "tendermint";

/** Consensus parameters; durations in nanoseconds, sizes in bytes. oasis-core v26.1 go/consensus/genesis. */
export const Parameters = struct("Parameters", {
  timeout_commit: duration,
  skip_timeout_commit: bool,
  empty_block_interval: duration,
  max_tx_size: u64,
  max_block_size: u64,
  max_block_gas: u64,
  max_evidence_size: u64,
  min_gas_price: optional(u64),
  state_checkpoint_interval: u64,
  state_checkpoint_num_kept: optional(u64),
  state_checkpoint_chunk_size: optional(u64),
  gas_costs: optional(Costs),
  public_key_blacklist: optional(list(publicKey)),
  feature_version: optional(nullable(Version)),
});
export type Parameters = Infer<typeof Parameters>;

/** Consensus part of the genesis document. */
export const Genesis = struct("Genesis", { backend: text, params: Parameters });
export type Genesis = Infer<typeof Genesis>;

/** What a transaction pays, and the gas it may use. */
export const Fee = struct("Fee", { amount: quantity, gas: u64 });
export type Fee = Infer<typeof Fee>;

/** An unsigned transaction. A missing body reads as the zero value of the method's body type. */
export const Transaction = struct("Transaction", {
  nonce: u64,
  fee: optional(nullable(Fee)),
  method: text,
  body: optional(raw),
});
export type Transaction = Infer<typeof Transaction>;

/** A signed transaction, as it is in a block. */
export const SignedTransaction = Signed;
export type SignedTransaction = Infer<typeof SignedTransaction>;

/** Body of the system transaction `consensus.Meta` that ends every block. */
export const BlockMetadata = struct("BlockMetadata", { state_root: hash, events_root: bytes });
export type BlockMetadata = Infer<typeof BlockMetadata>;

/** Proof that a transaction is in a block; `raw_proof` is CBOR of {@link MerkleProof}. */
export const Proof = struct("Proof", { height: i64, raw_proof: bytes });
export type Proof = Infer<typeof Proof>;

/** Merkle path of a transaction: leaves are SHA-256 of the transactions, RFC 6962 prefixes. */
export const MerkleProof = struct("MerkleProof", {
  total: i64,
  index: i64,
  leaf_hash: bytes,
  aunts: optional(list(bytes)),
});
export type MerkleProof = Infer<typeof MerkleProof>;

/** Module and number of a failure; empty for success. */
export const ResultError = struct("ResultError", {
  module: optional(text),
  code: optional(u32),
  message: optional(text),
});
export type ResultError = Infer<typeof ResultError>;

/** An event of a transaction, by service. */
export const ResultEvent = struct("ResultEvent", {
  staking: optional(nullable(staking.Event)),
  registry: optional(nullable(registry.Event)),
  roothash: optional(nullable(roothash.Event)),
  governance: optional(nullable(governance.Event)),
});
export type ResultEvent = Infer<typeof ResultEvent>;

/** What became of a transaction. */
export const Result = struct("Result", {
  error: ResultError,
  events: list(ResultEvent),
  gas_used: optional(u64),
});
export type Result = Infer<typeof Result>;

/**
 * Gas price a fee offers: amount per gas rounded down, 0 when either is 0.
 * oasis-core v26.1 go/consensus/api/transaction/gas.go.
 */
export function gasPrice(fee: Fee): bigint {
  return fee.gas === 0n ? 0n : fee.amount / fee.gas;
}
