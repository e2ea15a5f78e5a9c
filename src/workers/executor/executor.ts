import { equal, toHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import { signCommitment } from "../../consensus/roothash/commitment.ts";
import { isWorker, schedulerRank } from "../../consensus/roothash/committee.ts";
import { hashOf, sha512_256 } from "../../crypto/hash.ts";
import type { Signer } from "../../crypto/signature.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { ExecutorCommit } from "../../types/roothash.ts";
import { Header } from "../../types/roothash-block.ts";
import {
  type ComputeResultsHeader,
  type ExecutorCommitmentHeader,
  FAILURE_NONE,
} from "../../types/roothash-commitment.ts";
import { FAILURES_TO_DROP, mayBeFaultOfBatch } from "../batch-failure.ts";
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

export interface ExecutorDeps {
  signer: Signer;
  pool: TxPool;
  store: RoundStore;
  submission: SubmissionManager;
  /** Has the ParaTime choose and execute a batch on top of the round; rejects when it cannot. */
  execute(round: RoundContext, inputs: Uint8Array[], signal: AbortSignal): Promise<ScheduledBatch>;
  /** Most transactions that the ParaTime wants to be given at first; null while it cannot be asked. */
  initialBatchSize(): number | null;
  /** Interrupts the ParaTime, which took too long. */
  interrupt(reason: string): void;
  /** Height of the last consensus block. */
  latestHeight(): bigint;
  timers: Timers;
  logger: Logger;
}

/** What the executor is doing. `sinceMs` is when that began. */
export type ExecutorState =
  /** There is no round for this node: why. */
  | { readonly state: "idle"; readonly sinceMs: number; readonly because: IdleReason }
  /** A worker of the committee that waits for transactions, for its turn, or for a proposal. */
  | {
      readonly state: "waitingForBatch";
      readonly sinceMs: number;
      readonly round: bigint;
      readonly rank: bigint;
    }
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

/** Executions that exceed the proposer timeout this many times are interrupted (facts/runtime.md section 2). */
const executionTimeoutFactor = 3n;
/** Before a batch is tried again that the ParaTime or the storage failed on. */
const retryMs = 1000;

/**
 * Takes part in the rounds of one ParaTime as an executor worker (facts/runtime.md section 6).
 *
 * One round at a time: a worker whose turn it is has the ParaTime schedule a batch, stores the results, and commits to
 * them. Turns follow ranks: rank 0 at once, rank n after n proposer timeouts.
 */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #deps: ExecutorDeps;
  #state: ExecutorState;
  #round: RoundContext | null = null;
  #roundBeganMs = 0;
  /** Ends what belongs to the current round. */
  #roundEnds = new AbortController();
  #forced = false;
  /** Most transactions in a batch; null: as many as the ParaTime wants. Small while it fails, to find what it fails on. */
  #batchLimit: number | null = null;
  /** The transaction that failed alone last, in hex, and how often in a row. */
  #failedAlone = { hash: "", failures: 0 };
  #proposed: { round: bigint; ioRoot: Uint8Array; hashes: string[] } | null = null;

  constructor(options: ExecutorOptions, deps: ExecutorDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#state = { state: "idle", sinceMs: deps.timers.now(), because: "noRound" };
  }

  get state(): ExecutorState {
    return this.#state;
  }

  /** Rank of this node as scheduler of the coming round; null when it is no worker. */
  get rank(): bigint | null {
    const round = this.#round;
    const committee = round?.state.committee;
    if (round == null || committee == null) return null;
    return schedulerRank(committee, round.block.header.round + 1n, this.#deps.signer.publicKey);
  }

  /** A round begins; its parent is stored. Ends whatever the last one was doing. */
  beginRound(round: RoundContext): void {
    this.#roundEnds.abort();
    this.#roundEnds = new AbortController();
    this.#settleProposed(round);
    this.#round = round;
    this.#roundBeganMs = this.#deps.timers.now();
    this.#forced = false;
    this.#enter(this.#stateOf(round));
    this.#armFlushTimer(round);
    this.consider();
  }

  /** Looks whether a batch is to be scheduled now. Call it when something changed that may allow one. */
  consider(): void {
    const round = this.#round;
    if (round === null || this.#state.state !== "waitingForBatch") return;
    if (!this.#isOurTurn(round)) return;
    const nextRound = round.block.header.round + 1n;
    // The commitment would meet a new committee and be refused.
    if (round.nextEpochHeight === this.#deps.latestHeight() + 1n) return;
    const wantedCount = this.#deps.initialBatchSize();
    if (wantedCount === null) return;
    const limit = Math.min(wantedCount, this.#batchLimit ?? wantedCount);
    const withoutExtra = this.#batchLimit !== null;
    const batch = this.#deps.pool.schedule(limit, { withoutExtra }).map((tx) => tx.raw);
    const isFirstRound = round.state.last_normal_round === (round.state.genesis_block?.header.round ?? 0n);
    const wanted =
      this.#forced ||
      batch.length > 0 ||
      (round.roundResults.messages?.length ?? 0) > 0 ||
      round.incomingMessages.length > 0 ||
      isFirstRound;
    if (!wanted) return;
    this.#enter({
      state: "processingBatch",
      sinceMs: this.#deps.timers.now(),
      round: nextRound,
      transactions: batch.length,
    });
    void this.#process(round, batch, this.#roundEnds.signal);
  }

  stop(): void {
    this.#roundEnds.abort();
    this.#round = null;
    this.#enter({ state: "idle", sinceMs: this.#deps.timers.now(), because: "stopped" });
  }

  async #process(round: RoundContext, inputs: Uint8Array[], signal: AbortSignal): Promise<void> {
    const { timers, logger } = this.#deps;
    const limitMs = Number(
      (executionTimeoutFactor * round.descriptor.txn_scheduler.propose_batch_timeout) / 1_000_000n,
    );
    const cancelLimit = timers.schedule(() => this.#deps.interrupt("batch execution took too long"), limitMs);
    try {
      const batch = await this.#execute(round, inputs, signal);
      if (batch === null) return;
      this.#deps.pool.reject(batch.rejected.map(toHex), "the ParaTime rejected it while scheduling");
      this.#proposed = {
        round: batch.header.round,
        ioRoot: batch.header.io_root!,
        hashes: batch.txHashes.map(toHex),
      };
      this.#enter({ state: "waitingForFinalization", sinceMs: timers.now(), round: batch.header.round });
      await this.#commit(batch, signal);
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ error, round: round.block.header.round + 1n }, "batch failed");
      this.#retryLater(round, signal);
    } finally {
      cancelLimit();
    }
  }

  /** Has the batch executed and stores its results. @returns null when the round has ended meanwhile */
  async #execute(
    round: RoundContext,
    inputs: Uint8Array[],
    signal: AbortSignal,
  ): Promise<ScheduledBatch | null> {
    try {
      // The call is not cancelled when the round ends: the ParaTime would go on with it all the same.
      const batch = await this.#deps.execute(round, inputs, signal);
      if (signal.aborted) return null;
      checkResults(round, batch.header);
      this.#deps.store.applyResults(round.block.header, batch);
      this.#widenBatches();
      return batch;
    } catch (error) {
      if (!signal.aborted && mayBeFaultOfBatch(error)) this.#narrowBatches(inputs, error);
      throw error;
    }
  }

  /** The ParaTime failed on a batch: half of it comes next, until the transaction that it fails on is alone. */
  #narrowBatches(inputs: readonly Uint8Array[], error: unknown): void {
    const [first] = inputs;
    if (first === undefined) return;
    this.#batchLimit = Math.ceil(inputs.length / 2);
    if (inputs.length > 1) return;
    const hash = toHex(sha512_256(first));
    const failures = this.#failedAlone.hash === hash ? this.#failedAlone.failures + 1 : 1;
    this.#failedAlone = { hash, failures };
    if (failures < FAILURES_TO_DROP) return;
    const reason = `the ParaTime cannot execute it: ${error instanceof Error ? error.message : error}`;
    this.#deps.pool.reject([hash], reason);
    this.#deps.logger.warn({ error, transaction: hash }, "the ParaTime cannot execute a transaction");
    this.#batchLimit = null;
  }

  #widenBatches(): void {
    this.#failedAlone = { hash: "", failures: 0 };
    if (this.#batchLimit === null) return;
    const wider = this.#batchLimit * 2;
    this.#batchLimit = wider >= (this.#deps.initialBatchSize() ?? wider) ? null : wider;
  }

  async #commit(batch: ScheduledBatch, signal: AbortSignal): Promise<void> {
    const header: ExecutorCommitmentHeader = {
      scheduler_id: this.#deps.signer.publicKey,
      header: batch.header,
      failure: FAILURE_NONE,
      rak_sig: batch.rakSignature,
    };
    // Messages go along with the scheduler's own commitment; their hash in the header is what others vote for.
    const messages = batch.messages.length === 0 ? null : [...batch.messages];
    const commitment = signCommitment(header, messages, this.#deps.signer, this.#options);
    await this.#deps.submission.submit(
      this.#deps.signer,
      "roothash.ExecutorCommit",
      ExecutorCommit,
      { id: this.#options.runtimeId, commits: [commitment] },
      signal,
    );
  }

  #retryLater(round: RoundContext, signal: AbortSignal): void {
    const cancel = this.#deps.timers.schedule(() => {
      if (this.#round !== round) return;
      this.#enter(this.#stateOf(round));
      this.consider();
    }, retryMs);
    signal.addEventListener("abort", cancel, { once: true });
  }

  /** Our proposal of the last round is final when the new block has its I/O root. */
  #settleProposed(round: RoundContext): void {
    const proposed = this.#proposed;
    if (proposed === null || round.block.header.round < proposed.round) return;
    this.#proposed = null;
    if (round.block.header.round === proposed.round && equal(round.block.header.io_root, proposed.ioRoot)) {
      this.#deps.pool.used(proposed.hashes);
    }
  }

  #isOurTurn(round: RoundContext): boolean {
    const rank = this.rank;
    const turnMs = Number(round.descriptor.txn_scheduler.propose_batch_timeout / 1_000_000n);
    if (rank === null) return false;
    return rank === 0n || this.#deps.timers.now() - this.#roundBeganMs >= Number(rank) * turnMs;
  }

  #armFlushTimer(round: RoundContext): void {
    if (this.#state.state !== "waitingForBatch") return;
    const { txn_scheduler } = round.descriptor;
    const { timers } = this.#deps;
    const signal = this.#roundEnds.signal;
    const flushMs = Number(txn_scheduler.batch_flush_timeout / 1_000_000n);
    const turnMs = Number(this.rank ?? 0n) * Number(txn_scheduler.propose_batch_timeout / 1_000_000n);
    const cancels = [
      timers.schedule(() => {
        this.#forced = true;
        this.consider();
      }, flushMs),
    ];
    if (turnMs > 0) cancels.push(timers.schedule(() => this.consider(), turnMs));
    signal.addEventListener(
      "abort",
      () => {
        for (const cancel of cancels) cancel();
      },
      { once: true },
    );
  }

  #stateOf(round: RoundContext): ExecutorState {
    const sinceMs = this.#deps.timers.now();
    const { committee, suspended } = round.state;
    if (suspended) return { state: "idle", sinceMs, because: "suspended" };
    if (committee === null || !isWorker(committee, this.#deps.signer.publicKey)) {
      return { state: "idle", sinceMs, because: "notElected" };
    }
    return { state: "waitingForBatch", sinceMs, round: round.block.header.round + 1n, rank: this.rank! };
  }

  #enter(state: ExecutorState): void {
    this.#state = state;
  }
}

/** The ParaTime answered for the round that it was asked about, completely. */
function checkResults(round: RoundContext, header: ComputeResultsHeader): void {
  if (header.round !== round.block.header.round + 1n)
    throw new Error(`the ParaTime computed round ${header.round}`);
  if (!equal(header.previous_hash, hashOf(Header, round.block.header))) {
    throw new Error("the ParaTime computed on another block");
  }
  if (header.io_root === null || header.state_root === null)
    throw new Error("the ParaTime left out its roots");
}
