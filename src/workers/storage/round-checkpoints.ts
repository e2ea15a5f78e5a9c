import type { Namespace } from "../../codec/common-types.ts";
import { getRuntimeState } from "../../consensus/roothash/state.ts";
import type { BackgroundClock } from "../../storage/background/clock.ts";
import type { CheckpointFiles } from "../../storage/checkpoint/checkpoint-files.ts";
import { Checkpointer } from "../../storage/checkpoint/checkpointer.ts";
import type { NodeDb } from "../../storage/node-db/node-db.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { ROOT_IO, ROOT_STATE, type Root } from "../../types/storage.ts";
import type { ConsensusView } from "../consensus-view.ts";
import type { RoundContext } from "../round-context.ts";
import type { RoundStore } from "./round-store.ts";

export interface RoundCheckpointsDeps {
  readonly consensus: ConsensusView;
  readonly store: RoundStore;
  /** What the next round starts from; null while there is none. */
  round(): RoundContext | null;
  /** The states of the rounds. */
  readonly db: NodeDb;
  readonly files: CheckpointFiles;
  readonly clock: BackgroundClock;
  readonly logger: Pick<Logger, "info" | "error">;
}

/** Consensus checkpoints of which the ParaTime's round is not known yet; the newest are kept. */
const MAX_HEIGHTS = 8;

/**
 * Checkpoints of a ParaTime: as its descriptor says, of its first round, and of the round that belongs to each
 * checkpoint of the consensus layer, so that a node which starts from that one finds the fitting one
 * (facts/runtime.md 6.5).
 */
export class RoundCheckpoints {
  readonly #runtimeId: Namespace;
  readonly #deps: RoundCheckpointsDeps;
  readonly #checkpointer: Checkpointer;
  #heights: bigint[] = [];
  #isFirstRun = true;

  /** @param threads number of threads of the parallel chunker; 0: the sequential one */
  constructor(runtimeId: Namespace, threads: number, deps: RoundCheckpointsDeps) {
    this.#runtimeId = runtimeId;
    this.#deps = deps;
    this.#checkpointer = new Checkpointer({
      db: deps.db,
      files: deps.files,
      parameters: () => {
        const round = deps.round();
        if (round === null) return null;
        const { checkpoint_interval, checkpoint_num_kept, checkpoint_chunk_size } = round.descriptor.storage;
        return {
          interval: checkpoint_interval,
          numKept: checkpoint_num_kept,
          initialVersion: round.state.genesis_block?.header.round ?? 0n,
          chunkSize: Number(checkpoint_chunk_size),
          threads,
        };
      },
      roots: (version) => this.#rootsOf(version),
      clock: deps.clock,
      logger: deps.logger,
    });
  }

  /** The round that must not be dropped because its checkpoint is being made; null when none is. */
  get heldRound(): bigint | null {
    return this.#checkpointer.heldVersion;
  }

  /** The consensus layer makes a checkpoint of a height, which carries the ParaTime's round of the next one. */
  consensusCheckpoint(height: bigint): void {
    this.#heights = [...this.#heights, height + 1n].slice(-MAX_HEIGHTS);
  }

  /** Makes what is due and removes what is outdated. */
  async run(signal: AbortSignal): Promise<void> {
    const genesis = this.#deps.round()?.state.genesis_block;
    if (this.#isFirstRun && genesis) {
      this.#isFirstRun = false;
      this.#checkpointer.force(genesis.header.round);
    }
    this.#forceRounds();
    await this.#checkpointer.run(signal);
  }

  /** Heights become rounds once the consensus layer has come so far. */
  #forceRounds(): void {
    const { consensus } = this.#deps;
    const latest = consensus.latestHeight();
    for (const height of this.#heights.filter((wanted) => wanted <= latest)) {
      const state = consensus.stateAt(height);
      const block = state === null ? null : (getRuntimeState(state, this.#runtimeId)?.last_block ?? null);
      if (block !== null) this.#checkpointer.force(block.header.round);
    }
    this.#heights = this.#heights.filter((wanted) => wanted > latest);
  }

  #rootsOf(round: bigint): Root[] {
    const header = this.#deps.store.block(round)?.block.header;
    if (header === undefined) return [];
    const common = { ns: this.#runtimeId, version: round };
    return [
      { ...common, root_type: ROOT_IO, hash: header.io_root },
      { ...common, root_type: ROOT_STATE, hash: header.state_root },
    ];
  }
}
