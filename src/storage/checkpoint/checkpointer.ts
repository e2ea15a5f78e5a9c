import { Emitter, type Subscribable } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Root } from "../../types/storage.ts";
import type { BackgroundClock } from "../background/clock.ts";
import type { NodeDb } from "../node-db/node-db.ts";
import type { CheckpointFiles } from "./checkpoint-files.ts";
import { type ChunkingOptions, createCheckpoint } from "./create-checkpoint.ts";
import { type CheckpointSchedule, dueCheckpoints, outdatedCheckpoints } from "./plan-checkpoints.ts";

export interface CheckpointerDeps {
  readonly db: NodeDb;
  readonly files: CheckpointFiles;
  /** What is in force now; null while that is not known. */
  parameters(): (CheckpointSchedule & ChunkingOptions) | null;
  /** The roots of a version that make up its checkpoint; empty when the version is not there. */
  roots(version: bigint): Root[];
  readonly clock: BackgroundClock;
  readonly logger: Pick<Logger, "info" | "error">;
}

/** Versions that were asked for beside the schedule and are not made yet; the newest are kept. */
const MAX_FORCED = 8;

/** Makes the checkpoints of one namespace as they fall due, and removes old ones. */
export class Checkpointer {
  readonly #deps: CheckpointerDeps;
  readonly #begun = new Emitter<bigint>();
  #forced: bigint[] = [];
  #held: bigint | null = null;

  constructor(deps: CheckpointerDeps) {
    this.#deps = deps;
  }

  /** Versions whose checkpoint is begun. */
  get begun(): Subscribable<bigint> {
    return this.#begun;
  }

  /** The version that must not be dropped because its checkpoint is being made; null when none is. */
  get heldVersion(): bigint | null {
    return this.#held;
  }

  /** Asks for the checkpoint of a version outside of the schedule; it is made with the next run. */
  force(version: bigint): void {
    this.#forced = [...this.#forced.filter((other) => other !== version), version].slice(-MAX_FORCED);
  }

  /** Makes what is due and removes what is outdated. */
  async run(signal: AbortSignal): Promise<void> {
    const { db, files } = this.#deps;
    const parameters = this.#deps.parameters();
    const latest = db.latestVersion();
    if (parameters === null || latest === null) return;
    const forced = this.#forced.filter((version) => version <= latest);
    for (const version of forced) {
      await this.#make(version, parameters, signal);
      this.#forced = this.#forced.filter((other) => other !== version);
    }
    const kept = { earliest: db.earliestVersion(), latest };
    for (const version of dueCheckpoints(parameters, kept, this.#complete())) {
      await this.#make(version, parameters, signal);
    }
    if (parameters.interval === 0n) return;
    const existing = files.list();
    const outdated = outdatedCheckpoints(
      parameters,
      existing.map(({ root }) => root.version),
    );
    for (const { root } of existing) if (outdated.includes(root.version)) files.remove(root);
  }

  /** Versions of which all roots have a checkpoint. */
  #complete(): bigint[] {
    const { files, roots } = this.#deps;
    const versions = new Set(files.list().map(({ root }) => root.version));
    return [...versions].filter((version) => roots(version).every((root) => files.find(root) !== null));
  }

  /** A version that is not there any more, or not as a whole, has no checkpoint. */
  async #make(version: bigint, chunking: ChunkingOptions, signal: AbortSignal): Promise<void> {
    const { roots, logger, files } = this.#deps;
    const wanted = roots(version).filter((root) => files.find(root) === null);
    if (wanted.length === 0) return;
    this.#begun.emit(version);
    this.#held = version;
    try {
      for (const root of wanted) {
        const { chunks } = await createCheckpoint(root, chunking, this.#deps, signal);
        logger.info({ version, root_type: root.root_type, chunks: chunks?.length }, "checkpoint made");
      }
    } finally {
      this.#held = null;
    }
  }
}
