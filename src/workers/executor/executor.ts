import { equal, toHex } from "../../codec/bytes.ts";
import { isBackupWorker, isMember, isWorker, schedulerRank } from "../../consensus/roothash/committee.ts";
import { hashOf } from "../../crypto/hash.ts";
import { Header } from "../../types/roothash-block.ts";
import { NO_RANK, type Proposal } from "../../types/roothash-commitment.ts";
import type { Committee } from "../../types/scheduler.ts";
import { mayBeFaultOfBatch } from "../batch-failure.ts";
import type { RoundContext } from "../round-context.ts";
import { BatchLimit } from "./batch-limit.ts";
import { checkResults } from "./check-results.ts";
import type { ExecutorDeps, ExecutorOptions } from "./executor-deps.ts";
import type { ExecutorState, IdleReason } from "./executor-state.ts";
import { fetchMissing } from "./fetch-missing.ts";
import { inputRoot } from "./input-root.ts";
import { ProposalQueue, type RankedProposal } from "./proposal-queue.ts";
import { ProposedBatch } from "./proposed-batch.ts";
import { RoundClock } from "./round-clock.ts";
import { RoundCommitments } from "./round-commitments.ts";
import type { ScheduledBatch } from "./scheduled-batch.ts";

/** A batch of the round that this node works on. */
interface Work {
  /** Rank of its scheduler. */
  readonly rank: bigint;
  /** Null: our own, whose proposal is signed when it is executed. */
  readonly proposal: Proposal | null;
  /** Null for our own. */
  readonly batch: ProposedBatch | null;
  readonly ends: AbortController;
}

/** Executions that exceed the proposer timeout this many times are interrupted (facts/runtime.md section 2). */
const executionTimeoutFactor = 3n;
/** Before a batch is tried again that the ParaTime or the storage failed on. */
const retryMs = 1000;

/**
 * Takes part in the rounds of one ParaTime as a member of its committee (facts/runtime.md section 6).
 *
 * Turns follow ranks: who has rank 0 may have a batch proposed at once, rank n after n proposer timeouts. A worker takes
 * the best proposal there is, has it executed and commits to the results; backup workers do when workers disagree.
 * Results are stored before a commitment is signed.
 */
export class Executor {
  readonly proposals = new ProposalQueue();
  readonly #options: ExecutorOptions;
  readonly #deps: ExecutorDeps;
  readonly #limit: BatchLimit;
  #state: ExecutorState;
  #round: RoundContext | null = null;
  #clock: RoundClock | null = null;
  #commitments: RoundCommitments | null = null;
  #work: Work | null = null;
  /** Batches of the round by their I/O root in hex. */
  readonly #batches = new Map<string, string[]>();

  constructor(options: ExecutorOptions, deps: ExecutorDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#limit = new BatchLimit(deps.pool, deps.logger);
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

  /** Hashes in hex of the transactions of a round, when this node executed it; null otherwise. */
  batchOf(header: Pick<Header, "round" | "io_root">): readonly string[] | null {
    const isOurRound = this.#round?.block.header.round === header.round - 1n;
    return (isOurRound ? this.#batches.get(toHex(header.io_root)) : null) ?? null;
  }

  /** A round begins; its parent is stored. Ends whatever the last one was doing. */
  beginRound(round: RoundContext): void {
    this.#endRound();
    this.#round = round;
    this.proposals.prune(round.block.header.round + 1n);
    this.#commitments = new RoundCommitments(this.#options, round.state, this.#deps);
    this.#enterWaiting(round);
    if (this.#state.state === "idle") return;
    const { txn_scheduler } = activeDescriptor(round);
    const members = round.state.committee?.members?.length ?? 0;
    this.#clock = new RoundClock(txn_scheduler, members, this.#deps.timers, () => this.consider());
    this.consider();
  }

  /** There is a new consensus block, and the round goes on. */
  updateRound(round: RoundContext): void {
    if (this.#round === null) return;
    this.#round = round;
    this.consider();
  }

  /** The round is over, and what the next one starts from is not here yet. */
  suspend(): void {
    this.#endRound();
    this.#idle("noRound");
  }

  stop(): void {
    this.#endRound();
    this.#idle("stopped");
  }

  /** Looks what there is to do now. Call it when something changed that may matter. */
  consider(): void {
    const round = this.#round;
    const clock = this.#clock;
    const commitments = this.#commitments;
    if (round === null || clock === null || commitments === null) return;
    const own = this.rank ?? NO_RANK;
    const pool = round.state.commitment_pool;
    const nextRound = round.block.header.round + 1n;
    if (pool?.discrepancy) {
      const rank = pool.highest_rank;
      this.#keepWork(rank, rank, true);
      const found = this.proposals.best(nextRound, rank, rank, commitments.ranks);
      if (found !== null) this.#take(round, found, true);
      else if (own === rank) this.#schedule(round, own, true);
      return;
    }
    const limit = [pool?.highest_rank ?? NO_RANK, own].reduce(min, clock.turn);
    const found = this.proposals.best(nextRound, 0n, limit, commitments.ranks);
    if (found !== null && found.rank < own) {
      this.#keepWork(0n, found.rank, false);
      // It may have turned out to be no use.
      if (this.proposals.best(nextRound, 0n, limit, commitments.ranks) === found)
        this.#take(round, found, false);
    } else if (own <= limit) {
      this.#keepWork(0n, own, false);
      this.#schedule(round, own, clock.isFlushDue);
    }
  }

  /** Goes on with the batch being worked on when it may be, and drops it when others are to be preferred. */
  #keepWork(minRank: bigint, maxRank: bigint, isDiscrepancy: boolean): void {
    const work = this.#work;
    const round = this.#round;
    if (work === null || round === null) return;
    if (work.rank < minRank || work.rank > maxRank) {
      this.#dropWork();
      this.#enterWaiting(round);
      return;
    }
    const { state } = this.#state;
    if (state === "waitingForTransactions" || (state === "waitingForDiscrepancy" && isDiscrepancy))
      this.#goOn(round, work, isDiscrepancy);
  }

  get #isFree(): boolean {
    const { state } = this.#state;
    return this.#work === null && (state === "waitingForBatch" || state === "waitingForFinalization");
  }

  /** Has the ParaTime choose a batch, when this node may propose one and there is reason to. */
  #schedule(round: RoundContext, rank: bigint, isForced: boolean): void {
    if (!this.#isFree || this.#commitments?.ranks.has(rank) || rank === NO_RANK) return;
    // The commitment would meet a new committee and be refused.
    if (round.nextEpochHeight === this.#deps.latestHeight() + 1n) return;
    const wantedCount = this.#deps.initialBatchSize();
    if (wantedCount === null) return;
    const limited = this.#limit.current;
    const count = Math.min(wantedCount, limited ?? wantedCount);
    const batch = this.#deps.pool.schedule(count, { withoutExtra: limited !== null }).map((tx) => tx.raw);
    const isFirstRound = round.state.last_normal_round === (round.state.genesis_block?.header.round ?? 0n);
    const wanted =
      isForced ||
      batch.length > 0 ||
      (round.roundResults.messages?.length ?? 0) > 0 ||
      round.incomingMessages.length > 0 ||
      isFirstRound;
    if (!wanted) return;
    this.#begin(round, { rank, proposal: null, batch: null, ends: new AbortController() }, batch);
  }

  /** Works on what somebody proposed. */
  #take(round: RoundContext, { proposal, rank }: RankedProposal, isDiscrepancy: boolean): void {
    if (!this.#isFree) return;
    const { committee } = round.state;
    const self = this.#deps.signer.publicKey;
    if (committee === null || (isDiscrepancy && !isBackupWorker(committee, self))) return;
    if (!equal(proposal.header.previous_hash, hashOf(Header, round.block.header))) {
      this.proposals.remove(proposal);
      return;
    }
    const { txn_scheduler } = activeDescriptor(round);
    const batch = new ProposedBatch(proposal, txn_scheduler);
    const work: Work = { rank, proposal, batch, ends: new AbortController() };
    this.#work = work;
    this.#goOn(round, work, isDiscrepancy);
    if (this.#work === work && this.#state.state === "waitingForTransactions")
      void fetchMissing(batch, this.#deps, work.ends.signal, () => this.consider());
  }

  /** The next step with a proposed batch, by what there is of it. */
  #goOn(round: RoundContext, work: Work, isDiscrepancy: boolean): void {
    const batch = work.batch!;
    const proposal = work.proposal!;
    batch.fill(this.#deps.pool);
    const nextRound = round.block.header.round + 1n;
    const sinceMs = this.#deps.timers.now();
    if (batch.isTooLarge) {
      this.#deps.logger.warn({ round: nextRound, size: batch.size }, "a proposed batch is too large");
      this.#dropWork();
      this.#enter({ state: "waitingForFinalization", sinceMs, round: nextRound });
      this.#commitments?.commitFailure(round.block.header, proposal.node_id, work.rank);
      return;
    }
    const missing = batch.missing.length;
    if (missing > 0) {
      this.#enter({ state: "waitingForTransactions", sinceMs, round: nextRound, missing });
      return;
    }
    const { txs } = batch;
    if (!equal(inputRoot(txs), proposal.header.batch_hash)) {
      this.#deps.logger.warn({ round: nextRound }, "a proposal names another batch than its hash");
      this.proposals.remove(proposal);
      this.#dropWork();
      this.#enterWaiting(round);
      return;
    }
    if (!isDiscrepancy && !isWorker(round.state.committee!, this.#deps.signer.publicKey)) {
      this.#enter({ state: "waitingForDiscrepancy", sinceMs, round: nextRound });
      return;
    }
    if (this.#deps.initialBatchSize() === null) {
      // The ParaTime cannot be asked: tried again when it can.
      this.#dropWork();
      this.#enterWaiting(round);
      return;
    }
    this.#begin(round, work, txs);
  }

  #begin(round: RoundContext, work: Work, inputs: Uint8Array[]): void {
    this.#work = work;
    this.#enter({
      state: "processingBatch",
      sinceMs: this.#deps.timers.now(),
      round: round.block.header.round + 1n,
      transactions: inputs.length,
    });
    void this.#process(round, work, inputs);
  }

  async #process(round: RoundContext, work: Work, inputs: Uint8Array[]): Promise<void> {
    const { timers, logger } = this.#deps;
    const { signal } = work.ends;
    const limitMs =
      executionTimeoutFactor * milliseconds(activeDescriptor(round).txn_scheduler.propose_batch_timeout);
    const cancelLimit = timers.schedule(
      () => this.#deps.interrupt("batch execution took too long"),
      Number(limitMs),
    );
    try {
      const batch = await this.#execute(round, work, inputs);
      if (batch === null) return;
      this.#conclude(round, work, batch);
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ error, round: round.block.header.round + 1n }, "batch failed");
      this.#retryLater(round, signal);
    } finally {
      cancelLimit();
    }
  }

  /** Has the batch executed and stores its results. @returns null when it is not wanted any more */
  async #execute(round: RoundContext, work: Work, inputs: Uint8Array[]): Promise<ScheduledBatch | null> {
    const { signal } = work.ends;
    const isOwn = work.proposal === null;
    try {
      // The call is not cancelled when the round ends: the ParaTime would go on with it all the same.
      const proposed = work.proposal?.header.batch_hash ?? null;
      const batch = await this.#deps.execute(round, inputs, signal, proposed);
      if (signal.aborted) return null;
      checkResults(round, batch.header);
      this.#deps.store.applyResults(round.block.header, batch);
      if (isOwn) this.#limit.succeeded(this.#deps.initialBatchSize());
      return batch;
    } catch (error) {
      if (isOwn && !signal.aborted && mayBeFaultOfBatch(error)) this.#limit.failed(inputs, error);
      throw error;
    }
  }

  /** The results are on disk: tells the committee, and commits to them. */
  #conclude(round: RoundContext, work: Work, batch: ScheduledBatch): void {
    const { pool, signer, timers } = this.#deps;
    const isOwn = work.proposal === null;
    const hashes = isOwn ? batch.txHashes : (work.proposal.batch ?? []);
    this.#batches.set(toHex(batch.header.io_root!), hashes.map(toHex));
    if (isOwn) {
      pool.reject(batch.rejected.map(toHex), "the ParaTime rejected it while scheduling");
      this.#propose(round, batch);
    }
    this.#work = null;
    this.#enter({ state: "waitingForFinalization", sinceMs: timers.now(), round: batch.header.round });
    this.#commitments?.commit(batch, work.proposal?.node_id ?? signer.publicKey, work.rank);
    this.consider();
  }

  #propose({ state: { committee } }: RoundContext, batch: ScheduledBatch): void {
    const { peers, signer, logger } = this.#deps;
    if (peers === null || committee === null || !hasOthers(committee, signer.publicKey)) return;
    const proposal = this.#commitments?.propose(batch);
    if (proposal === undefined) return;
    peers.publishProposal(committee.valid_for, proposal).catch((error) => {
      logger.warn({ error, round: proposal.header.round }, "a proposal was not published");
    });
  }

  #retryLater(round: RoundContext, signal: AbortSignal): void {
    const cancel = this.#deps.timers.schedule(() => {
      if (signal.aborted) return;
      this.#dropWork();
      this.#enterWaiting(round);
      this.consider();
    }, retryMs);
    signal.addEventListener("abort", cancel, { once: true });
  }

  #dropWork(): void {
    this.#work?.ends.abort();
    this.#work = null;
  }

  #endRound(): void {
    this.#clock?.stop();
    this.#clock = null;
    this.#commitments?.end();
    this.#commitments = null;
    this.#dropWork();
    this.#round = null;
    this.#batches.clear();
  }

  #enterWaiting(round: RoundContext): void {
    const { committee, suspended } = round.state;
    if (suspended) this.#idle("suspended");
    else if (committee === null || !isMember(committee, this.#deps.signer.publicKey))
      this.#idle("notElected");
    else {
      const sinceMs = this.#deps.timers.now();
      const nextRound = round.block.header.round + 1n;
      const hasCommitted = (this.#commitments?.ranks.size ?? 0) > 0;
      this.#enter(
        hasCommitted
          ? { state: "waitingForFinalization", sinceMs, round: nextRound }
          : { state: "waitingForBatch", sinceMs, round: nextRound, rank: this.rank },
      );
    }
  }

  #idle(because: IdleReason): void {
    this.#enter({ state: "idle", sinceMs: this.#deps.timers.now(), because });
  }

  #enter(state: ExecutorState): void {
    this.#state = state;
  }
}

/** The descriptor that the committee of the epoch works by. */
function activeDescriptor({ state, descriptor }: RoundContext) {
  return state.runtime ?? descriptor;
}

function hasOthers({ members }: Committee, self: Uint8Array): boolean {
  return (members ?? []).some(({ public_key }) => !equal(public_key, self));
}

function milliseconds(nanoseconds: bigint): bigint {
  return nanoseconds / 1_000_000n;
}

function min(a: bigint, b: bigint): bigint {
  return a > b ? b : a;
}
