import { systemRandom } from "../../p2p/comet/random.ts";
import type { NodeDb } from "../../storage/node-db/node-db.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { AnnotatedBlock } from "../../types/roothash-block.ts";
import type { ConsensusView } from "../consensus-view.ts";
import type { ParaTimePeers } from "../peers/paratime-peers.ts";
import type { RoundContext } from "../round-context.ts";
import type { Timers } from "../timers.ts";
import { CheckpointSearch } from "./checkpoint-search.ts";
import { syncCheckpoint } from "./checkpoint-sync.ts";
import type { RoundStore } from "./round-store.ts";
import { RoundSync, type SyncProblem } from "./round-sync.ts";

export interface StateFollowerOptions {
  /** Changes of rounds, and chunks of checkpoints, that are fetched from peers at once. */
  readonly fetchers: number;
  /** Whether a node without any state looks for a checkpoint before it fetches round by round. */
  readonly checkpointSync: boolean;
}

export interface StateFollowerDeps {
  readonly consensus: Pick<ConsensusView, "stateAt" | "latestHeight" | "oldestHeight">;
  readonly store: RoundStore;
  /** The trees of `store`. */
  readonly db: NodeDb;
  /** Null where there is nobody to ask. */
  readonly peers: ParaTimePeers | null;
  readonly timers: Timers;
  readonly logger: Logger;
  /** A round is stored; the one after it comes next. */
  onStored(block: AnnotatedBlock): void;
  /** Something about {@link StateFollower.problem} changed, or the search for a checkpoint is over. */
  onProgress(): void;
}

/** From so many rounds on a checkpoint is looked for, so often. */
const CHECKPOINT_ROUNDS = 100n;
const CHECKPOINT_ATTEMPTS = 2;

/** Keeps the states of a ParaTime's rounds up with the consensus layer: round by round, and from a checkpoint at first. */
export class StateFollower {
  readonly #options: StateFollowerOptions;
  readonly #deps: StateFollowerDeps;
  readonly #rounds: RoundSync;
  readonly #search: CheckpointSearch | null;
  #hasBegun = false;

  constructor(options: StateFollowerOptions, deps: StateFollowerDeps) {
    this.#options = options;
    this.#deps = deps;
    const { consensus, store, db, peers, timers, logger, onStored, onProgress } = deps;
    this.#rounds = new RoundSync(options, {
      ...{ consensus, store, timers, random: systemRandom, logger, onStored },
      fetch: peers === null ? null : (start, end, signal) => peers.fetchDiff(start, end, signal),
      onUnreachable: () => this.#search?.begin(null),
    });
    if (peers === null) {
      this.#search = null;
      return;
    }
    const clients = [peers.checkpoints, peers.legacy];
    const { fetchers } = options;
    this.#search = new CheckpointSearch({
      attempt: (signal) => syncCheckpoint({ consensus, store, db, clients, fetchers, logger }, signal),
      ...{ timers, logger },
      onFailure: onProgress,
      onEnd: (found) => {
        if (found !== null) {
          this.#rounds.continueAfter(found);
          onStored(found);
        }
        onProgress();
      },
    });
  }

  /** What keeps the next round from being stored; null when nothing is known to. */
  get problem(): SyncProblem | null {
    const cause = this.#search?.problem ?? null;
    return cause === null ? this.#rounds.problem : { kind: "checkpoint", cause };
  }

  /** There is a consensus block. @param round the ParaTime's round after it */
  advance(round: RoundContext): void {
    if (!this.#hasBegun) this.#begin(round);
    if (!this.#search?.isRunning) this.#rounds.advance();
  }

  stop(): void {
    this.#search?.stop();
    this.#rounds.stop();
  }

  /** A node without any state begins from a checkpoint, where that may spare it many rounds. */
  #begin({ state, block }: RoundContext): void {
    this.#hasBegun = true;
    if (!this.#options.checkpointSync || this.#deps.store.lastBlock !== null) return;
    const first = state.genesis_block?.header.round ?? 0n;
    if (block.header.round - first >= CHECKPOINT_ROUNDS) this.#search?.begin(CHECKPOINT_ATTEMPTS);
  }
}
