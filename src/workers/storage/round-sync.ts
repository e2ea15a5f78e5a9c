import { QanatError } from "../../codec/errors.ts";
import type { Random } from "../../p2p/comet/random.ts";
import { Backoff } from "../../p2p/libp2p/backoff.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { AnnotatedBlock, Header } from "../../types/roothash-block.ts";
import type { Root } from "../../types/storage.ts";
import type { ConsensusView } from "../consensus-view.ts";
import type { FetchedDiff } from "../peers/fetch-diff.ts";
import { delay, type Timers } from "../timers.ts";
import { FetchSlots } from "./fetch-slots.ts";
import { blockFinalizedAt } from "./round-blocks.ts";
import { type MissingTree, type RoundStore, WrongDiff } from "./round-store.ts";

export interface RoundSyncOptions {
  /** Changes that are fetched at once (`storage.fetcher_count`). */
  readonly fetchers: number;
}

export interface RoundSyncDeps {
  readonly consensus: Pick<ConsensusView, "stateAt" | "latestHeight" | "oldestHeight">;
  readonly store: RoundStore;
  /** Asks peers for the changes between two roots; null where there are none to ask. */
  readonly fetch: ((start: Root, end: Root, signal: AbortSignal) => Promise<FetchedDiff>) | null;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  /** A round is stored; the one after it comes next. */
  onStored(block: AnnotatedBlock): void;
  /** The first block that there is has a state that no changes lead to: a checkpoint must. */
  onUnreachable(block: AnnotatedBlock): void;
}

/** What keeps the next round from being stored. */
export type SyncProblem =
  /** Another node computed it, and there is nobody to ask. */
  | { readonly kind: "alone" }
  /** No changes lead to the first round there is, and no checkpoint was restored (yet). */
  | { readonly kind: "checkpoint"; readonly cause: string }
  /** Peers do not give what is missing (yet). */
  | { readonly kind: "peers"; readonly cause: string }
  /** The disk does not take it. */
  | { readonly kind: "disk"; readonly cause: string };

/** A round on its way. */
interface Pending {
  readonly block: AnnotatedBlock;
  /** What must be fetched. */
  readonly missing: readonly MissingTree[];
  readonly fetched: Map<MissingTree, FetchedDiff>;
}

/** Rounds that are fetched ahead of the one that is stored next (oasis-core v26.1 go/worker/storage/committee). */
export const MAX_PENDING_ROUNDS = 100;
/** Consensus blocks that are looked at in one go; others have their turn then. */
const HEIGHTS_A_SLICE = 200n;
const RETRY_PAUSE = { initialMs: 250, maxMs: 5_000 };

/**
 * Stores the rounds of a ParaTime one after the other as the consensus layer made them final: those that this node
 * computed itself at once, the others with the changes that peers give, several rounds ahead.
 */
export class RoundSync {
  readonly #deps: RoundSyncDeps;
  readonly #slots: FetchSlots;
  readonly #pending: Pending[] = [];
  readonly #stopping = new AbortController();
  /** The next height to look at; null before the first look. */
  #nextHeight: bigint | null = null;
  #problem: SyncProblem | null = null;
  #isUnreachable = false;
  #storing = false;
  #cancelSlice: (() => void) | null = null;

  constructor({ fetchers }: RoundSyncOptions, deps: RoundSyncDeps) {
    this.#deps = deps;
    this.#slots = new FetchSlots(fetchers);
  }

  /** Why the next round is not stored yet; null when nothing is known to be wrong. */
  get problem(): SyncProblem | null {
    return this.#problem;
  }

  /** Whether the state of the first block there is must come from a checkpoint. */
  get isUnreachable(): boolean {
    return this.#isUnreachable;
  }

  /** There are more consensus blocks: stores what can be stored at once, and has the rest fetched. */
  advance(): void {
    if (this.#stopping.signal.aborted || this.#isUnreachable) return;
    this.#look();
    this.#store();
  }

  /** Goes on behind a round that came from elsewhere. */
  continueAfter(block: AnnotatedBlock): void {
    this.#isUnreachable = false;
    this.#pending.length = 0;
    this.#nextHeight = block.consensus_height + 1n;
    this.#problem = null;
  }

  stop(): void {
    this.#stopping.abort(new QanatError("node/stopping", "the node is stopping"));
    this.#cancelSlice?.();
  }

  /** Takes up rounds while there is room. */
  #look(): void {
    const { consensus, store } = this.#deps;
    const oldest = consensus.oldestHeight();
    const known = store.lastBlock?.consensus_height ?? -1n;
    this.#nextHeight ??= known + 1n;
    if (this.#nextHeight < oldest) this.#nextHeight = oldest;
    const latest = consensus.latestHeight();
    const end = this.#nextHeight + HEIGHTS_A_SLICE;
    while (this.#nextHeight <= latest && this.#pending.length < MAX_PENDING_ROUNDS) {
      if (this.#nextHeight >= end) {
        this.#goOnLater();
        return;
      }
      const block = blockFinalizedAt(consensus, store.runtimeId, this.#nextHeight);
      if (block !== null && !this.#take(block)) return;
      this.#nextHeight++;
    }
  }

  #goOnLater(): void {
    if (this.#cancelSlice !== null) return;
    this.#cancelSlice = this.#deps.timers.schedule(() => {
      this.#cancelSlice = null;
      this.advance();
    }, 0);
  }

  /** @returns false when the round cannot be reached by changes */
  #take(block: AnnotatedBlock): boolean {
    const { store, fetch } = this.#deps;
    const { header } = block.block;
    const last = this.#lastHeader();
    if (last !== null && header.round <= last.round) return true;
    const parent = last !== null && last.round + 1n === header.round ? last : null;
    const missing = last === null || parent !== null ? store.missingTrees(parent, header) : null;
    if (missing === null) {
      this.#isUnreachable = true;
      this.#deps.onUnreachable(block);
      return false;
    }
    // Left by a run that began from a checkpoint and did not come to its end: it is not needed any more.
    if (last === null) store.abortRestore();
    const pending: Pending = { block, missing, fetched: new Map() };
    this.#pending.push(pending);
    if (fetch === null) return true;
    for (const tree of missing) void this.#fetch(pending, tree, fetch);
    return true;
  }

  #lastHeader(): Header | null {
    const { block } = this.#pending.at(-1) ?? {};
    return (block ?? this.#deps.store.lastBlock)?.block.header ?? null;
  }

  async #fetch(
    pending: Pending,
    tree: MissingTree,
    fetch: NonNullable<RoundSyncDeps["fetch"]>,
  ): Promise<void> {
    const { timers, random, logger } = this.#deps;
    const { signal } = this.#stopping;
    const backoff = new Backoff(RETRY_PAUSE, random);
    const { round } = pending.block.block.header;
    while (!signal.aborted && this.#pending.includes(pending)) {
      try {
        const diff = await this.#slots.run(() => fetch(tree.start, tree.end, signal), signal);
        pending.fetched.set(tree, diff);
        this.advance();
        return;
      } catch (error) {
        if (signal.aborted) return;
        const cause = error instanceof Error ? error.message : String(error);
        logger.debug({ error: cause, round: round.toString() }, "changes of a round were not given");
        if (this.#pending[0] === pending) this.#problem = { kind: "peers", cause };
        await delay(timers, backoff.next(), signal).catch(() => {});
      }
    }
  }

  /** Stores the rounds that are complete, in order. */
  #store(): void {
    if (this.#storing) return;
    this.#storing = true;
    try {
      for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
        if (!this.#storeOne(next)) return;
        this.#pending.shift();
        this.#problem = null;
        this.#deps.onStored(next.block);
        this.#look();
      }
    } finally {
      this.#storing = false;
    }
  }

  #storeOne({ block, missing, fetched }: Pending): boolean {
    const { store, logger, fetch } = this.#deps;
    const diffs = missing.flatMap((tree) => {
      const diff = fetched.get(tree);
      return diff === undefined ? [] : [{ ...tree, writeLog: diff.writeLog }];
    });
    const { round } = block.block.header;
    // Trees that are not fetched yet may have come from our own execution meanwhile.
    if (!missing.every((tree) => fetched.has(tree) || store.has(tree.end))) {
      if (fetch === null) this.#problem = { kind: "alone" };
      return false;
    }
    try {
      store.adopt(block, diffs);
      for (const { feedback } of fetched.values()) feedback.good();
      return true;
    } catch (error) {
      if (error instanceof WrongDiff) this.#refetch(this.#pending[0]!, error);
      else {
        const cause = error instanceof Error ? error.message : String(error);
        this.#problem = { kind: "disk", cause };
        logger.error({ error: cause, round: round.toString() }, "a round was not stored");
      }
      return false;
    }
  }

  /** Whoever gave changes that lead elsewhere is not asked again. */
  #refetch(pending: Pending, { root }: WrongDiff): void {
    const { logger, fetch } = this.#deps;
    for (const [tree, { feedback }] of pending.fetched) {
      if (tree.end !== root) continue;
      logger.warn({ peer: feedback.peer, round: root.version.toString() }, "a peer gave wrong changes");
      feedback.bad();
      pending.fetched.delete(tree);
      if (fetch !== null) void this.#fetch(pending, tree, fetch);
    }
  }
}
