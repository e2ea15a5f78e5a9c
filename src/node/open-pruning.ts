import type { ChainEngine } from "../chain/chain-engine.ts";
import { toHex } from "../codec/bytes.ts";
import { pruneConsensus } from "../consensus/prune-consensus.ts";
import { systemBackgroundClock } from "../storage/background/clock.ts";
import type { Hold } from "../storage/background/hold.ts";
import { DEFAULT_SLICES, inSlices } from "../storage/background/in-slices.ts";
import { measuredSteps } from "../storage/background/measured-steps.ts";
import { RecurringWork } from "../storage/background/recurring-work.ts";
import type { Environment } from "../storage/environment/environment.ts";
import type { NodeDb } from "../storage/node-db/node-db.ts";
import type { Logging } from "../telemetry/logger.ts";
import type { RuntimeWorker } from "../workers/runtime-worker.ts";
import { pruneRounds } from "../workers/storage/prune-rounds.ts";
import { unindexedHeight } from "../workers/storage/unindexed-height.ts";
import type { NodeOptions, Pruning } from "./node-options.ts";
import type { OpenCheckpoints } from "./open-checkpoints.ts";

export interface OpenPruningDeps {
  engine: ChainEngine;
  /** The consensus state. */
  db: NodeDb;
  environment: Environment;
  workers: readonly RuntimeWorker[];
  /** What is being written down must stay meanwhile. */
  checkpoints: Pick<OpenCheckpoints, "heldHeight" | "heldRound">;
  logging: Logging;
}

/** The pruning that the options ask for, beside the node's other work. Nothing runs yet. */
export function openPruning(
  options: Pick<NodeOptions, "pruneConsensus" | "pruneRounds">,
  deps: OpenPruningDeps,
): RecurringWork[] {
  const { engine, db, environment, workers, checkpoints, logging } = deps;
  const list: RecurringWork[] = [];
  const add = (name: string, { intervalMs }: Pruning, step: (limit: number) => boolean) =>
    list.push(
      new RecurringWork(
        { name, intervalMs },
        {
          run: (signal) => {
            const steps = measuredSteps(step, DEFAULT_SLICES.workMs, systemBackgroundClock.now);
            return inSlices(steps, DEFAULT_SLICES, systemBackgroundClock, signal);
          },
          wallClock: Date.now,
          clock: systemBackgroundClock,
          logger: logging.logger("storage/pruning"),
        },
      ),
    );
  const { pruneConsensus: consensus, pruneRounds: rounds } = options;
  if (consensus !== null) {
    const holds: Hold[] = [
      () => checkpoints.heldHeight(),
      ...workers.map((worker) => () => unindexedHeight(worker.round, worker.store.lastBlock)),
    ];
    const history = {
      state: db,
      blocks: engine,
      transaction: <T>(body: () => T) => environment.transaction(body),
    };
    add("pruning of the consensus layer", consensus, (limit) =>
      pruneConsensus(consensus.numKept, holds, history, limit),
    );
  }
  if (rounds !== null) {
    for (const worker of workers) {
      const holds = [() => worker.lastNormalRound, () => checkpoints.heldRound(worker.runtimeId)];
      add(`pruning of ParaTime ${toHex(worker.runtimeId)}`, rounds, (limit) =>
        pruneRounds(worker.store, rounds.numKept, holds, limit),
      );
    }
  }
  return list;
}
