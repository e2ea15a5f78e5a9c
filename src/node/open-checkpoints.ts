import { join } from "node:path";
import { equal, toHex } from "../codec/bytes.ts";
import type { Namespace } from "../codec/common-types.ts";
import { getConsensusParameters } from "../consensus/params.ts";
import { systemBackgroundClock } from "../storage/background/clock.ts";
import { RecurringWork } from "../storage/background/recurring-work.ts";
import { CheckpointFiles } from "../storage/checkpoint/checkpoint-files.ts";
import { Checkpointer } from "../storage/checkpoint/checkpointer.ts";
import type { Environment } from "../storage/environment/environment.ts";
import { openNodeDb } from "../storage/node-db/table-node-db.ts";
import type { Logging } from "../telemetry/logger.ts";
import { ROOT_STATE } from "../types/storage.ts";
import type { ConsensusView } from "../workers/consensus-view.ts";
import type { RuntimeWorker } from "../workers/runtime-worker.ts";
import { RoundCheckpoints } from "../workers/storage/round-checkpoints.ts";
import { shareCaches } from "./cache-shares.ts";
import type { NodeConsensus } from "./consensus-backend.ts";
import type { Checkpoints, NodeOptions } from "./node-options.ts";

export type CheckpointOptions = Pick<
  NodeOptions,
  "dataDir" | "checkpointConsensus" | "checkpointRounds" | "cacheBytes" | "runtimes"
>;

export interface OpenCheckpointsDeps {
  backend: NodeConsensus;
  view: ConsensusView;
  environment: Environment;
  workers: readonly RuntimeWorker[];
  logging: Logging;
}

/** The making of checkpoints, beside the node's other work. */
export interface OpenCheckpoints {
  /** Nothing of it runs yet. */
  readonly work: readonly RecurringWork[];
  /** The height that must not be pruned meanwhile; null when there is none. */
  heldHeight(): bigint | null;
  /** The round of a ParaTime that must not be pruned meanwhile; null when there is none. */
  heldRound(runtimeId: Namespace): bigint | null;
}

const CONSENSUS_NAMESPACE = new Uint8Array(32);

/** Where the consensus layer's checkpoints are, in a data directory. */
export function consensusCheckpoints(dataDir: string): CheckpointFiles {
  return new CheckpointFiles(join(dataDir, "consensus", "state", "checkpoints"));
}

/** Where a ParaTime's checkpoints are, in a data directory. */
export function runtimeCheckpoints(dataDir: string, runtimeId: Namespace): CheckpointFiles {
  return new CheckpointFiles(join(dataDir, "runtimes", toHex(runtimeId), "checkpoints"));
}

/** Puts together what makes the checkpoints that the options ask for. */
export function openCheckpoints(options: CheckpointOptions, deps: OpenCheckpointsDeps): OpenCheckpoints {
  const { checkpointConsensus, checkpointRounds } = options;
  const consensus = checkpointConsensus === null ? null : openConsensus(options, checkpointConsensus, deps);
  const rounds = checkpointRounds === null ? [] : openRounds(options, checkpointRounds, deps);
  consensus?.maker.begun.subscribe((height) => {
    for (const { maker } of rounds) maker.consensusCheckpoint(height);
  });
  return {
    work: [...(consensus === null ? [] : [consensus.work]), ...rounds.map(({ work }) => work)],
    heldHeight: () => consensus?.maker.heldVersion ?? null,
    heldRound: (runtimeId) => rounds.find((one) => equal(one.runtimeId, runtimeId))?.maker.heldRound ?? null,
  };
}

function openConsensus(
  options: CheckpointOptions,
  { intervalMs, threads }: Checkpoints,
  { backend, environment, logging }: OpenCheckpointsDeps,
) {
  const files = consensusCheckpoints(options.dataDir);
  const db = openNodeDb(environment, CONSENSUS_NAMESPACE, { cacheBytes: cacheOf(options) });
  const maker = new Checkpointer({
    db,
    files,
    parameters: () => {
      const state = backend.latestState();
      if (state === null) return null;
      const parameters = getConsensusParameters(state);
      return {
        interval: parameters.state_checkpoint_interval,
        numKept: parameters.state_checkpoint_num_kept,
        initialVersion: backend.genesis.height,
        chunkSize: Number(parameters.state_checkpoint_chunk_size),
        threads,
      };
    },
    roots: (height) => db.rootsForVersion(height).filter((root) => root.root_type === ROOT_STATE),
    clock,
    logger: logging.logger(MODULE),
  });
  return { maker, work: workOf("checkpoints of the consensus layer", intervalMs, maker, files, logging) };
}

function openRounds(
  options: CheckpointOptions,
  { intervalMs, threads }: Checkpoints,
  { view, environment, workers, logging }: OpenCheckpointsDeps,
) {
  return workers.map((worker) => {
    const { runtimeId, store } = worker;
    const files = runtimeCheckpoints(options.dataDir, runtimeId);
    const maker = new RoundCheckpoints(runtimeId, threads, {
      consensus: view,
      store,
      round: () => worker.round,
      db: openNodeDb(environment, runtimeId, { cacheBytes: cacheOf(options) }),
      files,
      clock,
      logger: logging.logger(MODULE),
    });
    const name = `checkpoints of ParaTime ${toHex(runtimeId)}`;
    return { runtimeId, maker, work: workOf(name, intervalMs, maker, files, logging) };
  });
}

function workOf(
  name: string,
  intervalMs: number,
  maker: { run(signal: AbortSignal): Promise<void> },
  files: CheckpointFiles,
  logging: Logging,
): RecurringWork {
  files.removeIncomplete();
  return new RecurringWork(
    { name, intervalMs },
    { run: (signal) => maker.run(signal), wallClock: Date.now, clock, logger: logging.logger(MODULE) },
  );
}

const MODULE = "storage/checkpoint";
const clock = systemBackgroundClock;

/** Of its own, because a walk over a whole tree must not push out what the others use. */
function cacheOf({ cacheBytes, runtimes }: CheckpointOptions): number {
  return shareCaches(cacheBytes, runtimes.length).checkpoints;
}
