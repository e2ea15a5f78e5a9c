/** What the executor is doing. `sinceMs` is when that began. */
export type ExecutorState =
  /** There is no round for this node: why. */
  | { readonly state: "idle"; readonly sinceMs: number; readonly because: IdleReason }
  /** A member of the committee that waits for transactions, for its turn, or for a proposal. */
  | {
      readonly state: "waitingForBatch";
      readonly sinceMs: number;
      readonly round: bigint;
      /** This node's as scheduler; null for a backup worker. */
      readonly rank: bigint | null;
    }
  /** There is a proposal with transactions that are not here. */
  | {
      readonly state: "waitingForTransactions";
      readonly sinceMs: number;
      readonly round: bigint;
      readonly missing: number;
    }
  /** A backup worker with all that it needs, should the workers disagree. */
  | { readonly state: "waitingForDiscrepancy"; readonly sinceMs: number; readonly round: bigint }
  /** The ParaTime executes a batch. */
  | {
      readonly state: "processingBatch";
      readonly sinceMs: number;
      readonly round: bigint;
      readonly transactions: number;
    }
  /** The commitment is on its way, or in a block: the round is not final yet. */
  | { readonly state: "waitingForFinalization"; readonly sinceMs: number; readonly round: bigint };

export type IdleReason = "noRound" | "suspended" | "notElected" | "stopped";
