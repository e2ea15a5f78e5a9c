import type { Hash, Namespace } from "../../codec/common-types.ts";
import type { Signer } from "../../crypto/signature.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Proposal } from "../../types/roothash-commitment.ts";
import type { RoundContext } from "../round-context.ts";
import type { RoundStore } from "../storage/round-store.ts";
import type { SubmissionManager } from "../submission.ts";
import type { Timers } from "../timers.ts";
import type { TxPool } from "../txpool/tx-pool.ts";
import type { ScheduledBatch } from "./scheduled-batch.ts";

export interface ExecutorOptions {
  runtimeId: Namespace;
  chainContext: string;
}

/** The other members of the committee, as far as peers go. */
export interface ExecutorPeers {
  publishProposal(epoch: bigint, proposal: Proposal): Promise<void>;
  /** Transactions of these hashes, as many as were given. */
  fetchTxs(hashes: readonly Hash[], signal: AbortSignal): Promise<Uint8Array[]>;
}

export interface ExecutorDeps {
  signer: Signer;
  pool: TxPool;
  store: RoundStore;
  submission: SubmissionManager;
  /** Null where the node has no peers: it is a committee of its own. */
  peers: ExecutorPeers | null;
  /**
   * Has the ParaTime execute a batch on top of the round; rejects when it cannot.
   * @param proposed root of the inputs of a batch that somebody proposed; null: the ParaTime chooses the batch
   */
  execute(
    round: RoundContext,
    inputs: Uint8Array[],
    signal: AbortSignal,
    proposed: Hash | null,
  ): Promise<ScheduledBatch>;
  /** Most transactions that the ParaTime wants to be given at first; null while it cannot be asked. */
  initialBatchSize(): number | null;
  /** Interrupts the ParaTime, which took too long. */
  interrupt(reason: string): void;
  /** Height of the last consensus block. */
  latestHeight(): bigint;
  timers: Timers;
  logger: Logger;
}
