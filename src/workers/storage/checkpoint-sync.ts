import { equal } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { type BackgroundClock, systemBackgroundClock } from "../../storage/background/clock.ts";
import { inSlices } from "../../storage/background/in-slices.ts";
import { Restorer } from "../../storage/checkpoint/restorer.ts";
import type { NodeDb } from "../../storage/node-db/node-db.ts";
import { isEmptyRoot } from "../../storage/root.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { checkpointErrors } from "../../types/errors.ts";
import type { AnnotatedBlock } from "../../types/roothash-block.ts";
import type { Root } from "../../types/storage.ts";
import type { ConsensusView } from "../consensus-view.ts";
import {
  type CheckpointClient,
  fetchChunk,
  type OfferedCheckpoint,
  offeredCheckpoints,
} from "../peers/offered-checkpoints.ts";
import { blockOfRound } from "./round-blocks.ts";
import type { RoundStore } from "./round-store.ts";

export interface CheckpointSyncDeps {
  readonly consensus: Pick<ConsensusView, "stateAt" | "latestHeight" | "oldestHeight">;
  readonly store: RoundStore;
  /** The trees of `store`. */
  readonly db: NodeDb;
  /** Whom to ask, the newer protocol first. */
  readonly clients: readonly CheckpointClient[];
  /** Chunks that are fetched at once. */
  readonly fetchers: number;
  readonly logger: Logger;
  readonly clock?: BackgroundClock;
}

/** For all peers to say what they have (oasis-core v26.1 go/worker/storage/committee/checkpoint_sync.go). */
const LIST_MS = 30_000;
/** Restoring shares the thread with everything else. */
const SLICES = { workMs: 10, pauseMs: 2 };

/**
 * Stores a ParaTime's round from checkpoints of its state and its I/O that peers have, the newest of a round that the
 * consensus layer made final: their roots are those of its block, so a peer can hold it up and no more.
 *
 * What was fetched stays when the node is stopped meanwhile, and the next attempt goes on with it.
 * @returns the round's block
 * @throws QanatError `storage/no-checkpoint` when nobody has one that fits; the signal's reason
 */
export async function syncCheckpoint(deps: CheckpointSyncDeps, signal: AbortSignal): Promise<AnnotatedBlock> {
  const { consensus, store, clients, logger } = deps;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)]);
  const offered = await offeredCheckpoints(clients, store.runtimeId, limit);
  const rounds = [...new Set(offered.map(({ metadata }) => metadata.root.version))];
  for (const round of rounds) {
    if (round === 0n) continue;
    const block = blockOfRound(consensus, store.runtimeId, round);
    const trees = block === null ? null : treesOf(store.rootsOf(block), offered);
    if (block === null || trees === null) continue;
    logger.info({ round: round.toString() }, "restoring a checkpoint");
    if (!(await restore(round, trees, deps, signal))) continue;
    store.adoptRestored(block);
    return block;
  }
  throw new QanatError(
    "storage/no-checkpoint",
    offered.length === 0 ? "no peer has a checkpoint" : "no peer has a checkpoint that could be restored",
  );
}

/** A checkpoint for each tree that is not empty; null when there is none for one of them. */
function treesOf(roots: readonly Root[], offered: readonly OfferedCheckpoint[]): OfferedCheckpoint[] | null {
  const trees: OfferedCheckpoint[] = [];
  for (const root of roots.filter((one) => !isEmptyRoot(one))) {
    const found = offered.find(
      ({ metadata }) =>
        metadata.root.version === root.version &&
        metadata.root.root_type === root.root_type &&
        equal(metadata.root.hash, root.hash),
    );
    if (found === undefined) return null;
    trees.push(found);
  }
  return trees;
}

/** @returns false when it cannot be: other checkpoints may */
async function restore(
  round: bigint,
  trees: readonly OfferedCheckpoint[],
  deps: CheckpointSyncDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const { db, logger } = deps;
  if (db.multipart.version !== null && db.multipart.version !== round) db.multipart.abort();
  db.multipart.start(round);
  try {
    for (const tree of trees) await restoreTree(tree, deps, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    logger.warn({ error, round: round.toString() }, "a checkpoint was not restored");
    // Nodes remove old checkpoints: what is there of this one may never be complete.
    db.multipart.abort();
    return false;
  }
}

async function restoreTree(
  tree: OfferedCheckpoint,
  { db, fetchers, clock = systemBackgroundClock }: CheckpointSyncDeps,
  signal: AbortSignal,
): Promise<void> {
  const { metadata } = tree;
  if (isRestored(db, metadata.root)) return;
  const restorer = new Restorer(db);
  restorer.start(metadata);
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const wanted = restorer.missing;
  // One after the other: a chunk is put into the tree in slices.
  let restoring: Promise<unknown> = Promise.resolve();
  const fetchOn = async () => {
    for (let index = wanted.shift(); index !== undefined; index = wanted.shift()) {
      either.throwIfAborted();
      const { chunk, feedback } = await fetchChunk(tree, index, either);
      const mine = restoring.then(() => inSlices(restorer.restoreChunk(index, chunk), SLICES, clock, either));
      restoring = mine.catch(() => {});
      try {
        await mine;
        feedback.good();
      } catch (error) {
        if (checkpointErrors.chunkCorrupted().matches(error)) {
          // Others may have the right one.
          feedback.bad();
          wanted.push(index);
          continue;
        }
        if (checkpointErrors.chunkProofVerificationFailed().matches(error))
          for (const offer of tree.offers) offer.feedback.bad();
        throw error;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, fetchers) }, fetchOn));
  } finally {
    failed.abort(new QanatError("storage/checkpoint", "the checkpoint was given up"));
    await restoring;
  }
}

/** Whether an earlier attempt has restored the whole tree. */
function isRestored(db: NodeDb, root: Root): boolean {
  return db.multipart.storedChunks(root.root_type)?.every((isStored) => isStored) ?? false;
}
