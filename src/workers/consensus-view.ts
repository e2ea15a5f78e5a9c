import type { Address, PublicKey } from "../codec/common-types.ts";
import type { ReadonlyTree } from "../storage/tree.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import type { LightBlock } from "../types/api-consensus.ts";
import type { Transaction } from "../types/consensus.ts";

/** Where a transaction is: the block, and which of its transactions. */
export interface TxPlace {
  readonly height: bigint;
  readonly index: number;
}

/** What the workers need of the consensus layer. Heights are of blocks; the state "at" a height is the one after it. */
export interface ConsensusView {
  /** 64 hex characters, the hash of the genesis document. */
  readonly chainContext: string;
  /** Height of the last committed block; 0 before the first. */
  latestHeight(): bigint;
  /** Height of the oldest block that is kept; 0 before the first. */
  oldestHeight(): bigint;
  /** The state after `height`, or null when it is not there (future, pruned). */
  stateAt(height: bigint): ReadonlyTree | null;
  /** Signed header and validators of `height`, or null when they are not there. */
  lightBlockAt(height: bigint): LightBlock | null;
  /** Calls `listener` after each commit, in order of height, with the state already readable. */
  onBlock(listener: (height: bigint) => void): Disposer;
  /**
   * Submits a signed transaction and waits until a block has executed it; tells where it is.
   * @throws CodedError as the check or the execution failed.
   */
  submitTx(tx: Uint8Array, signal: AbortSignal): Promise<TxPlace>;
  /** Gas that the transaction would use on the latest state. */
  estimateGas(signer: PublicKey, transaction: Transaction): bigint;
  /** Nonce that the account's next transaction must have, pending ones in the mempool not counted. */
  nonce(account: Address): bigint;
  /** Lowest gas price that blocks accept now. */
  minGasPrice(): bigint;
}
