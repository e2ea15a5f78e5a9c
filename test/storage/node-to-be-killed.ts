import { rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { parseBlock } from "../../src/chain/block.ts";
import { BlockExecutor, blockLimits } from "../../src/chain/block-executor.ts";
import { catchUp } from "../../src/chain/catch-up.ts";
import { nextHeight } from "../../src/chain/chain-state.ts";
import { ChainStore } from "../../src/chain/chain-store.ts";
import { EvidencePool } from "../../src/chain/evidence/evidence-pool.ts";
import { DEFAULT_MEMPOOL_OPTIONS, Mempool } from "../../src/chain/mempool.ts";
import { openBlock } from "../../src/chain/open-block.ts";
import { type RecordedHeight, readRecordedChain } from "../../src/chain/recorded-chain.ts";
import { chainContext } from "../../src/config/genesis/chain-context.ts";
import { cometGenesis } from "../../src/config/genesis/comet-genesis.ts";
import { readGenesis } from "../../src/config/genesis/read-genesis.ts";
import { ConsensusApplication } from "../../src/consensus/application.ts";
import { pruneConsensus } from "../../src/consensus/prune-consensus.ts";
import { DbStateStore } from "../../src/consensus/state-store.ts";
import { systemBackgroundClock } from "../../src/storage/background/clock.ts";
import { measuredSteps } from "../../src/storage/background/measured-steps.ts";
import { CheckpointFiles } from "../../src/storage/checkpoint/checkpoint-files.ts";
import { Checkpointer } from "../../src/storage/checkpoint/checkpointer.ts";
import { Restorer } from "../../src/storage/checkpoint/restorer.ts";
import { openEnvironment } from "../../src/storage/environment/lmdb-environment.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";
import { sharedPath } from "../shared.ts";

// A node's storage at work, in a process that is killed: it executes the blocks of a recorded chain, drops old ones and
// writes checkpoints meanwhile; or it restores the newest checkpoint again and again. A number that it prints is a height
// that is on disk, a word is what it does next.

export const NAMESPACE = new Uint8Array(32);
export const KEPT_HEIGHTS = 12n;
const CHECKPOINT_INTERVAL = 7n;
const CHUNK_SIZE = 3000;
const NEVER = new AbortController().signal;
const logger = silentLogging.logger("test");

export function storeFolder(folder: string): string {
  return join(folder, "store");
}

/** Where a checkpoint is restored to. */
export function copyFolder(folder: string): string {
  return join(folder, "copy");
}

export function checkpointFiles(folder: string): CheckpointFiles {
  return new CheckpointFiles(join(folder, "checkpoints"));
}

/** Executes, prunes and checkpoints until the recorded chain ends. */
async function follow(folder: string, chain: string): Promise<void> {
  const document = await readGenesis(sharedPath("chains", `${chain}.genesis.json`));
  const recorded = [...readRecordedChain(sharedPath("chains", `${chain}.jsonl.gz`))];
  const environment = openEnvironment(storeFolder(folder));
  const db = openNodeDb(environment, NAMESPACE, { discardWriteLogs: true });
  const application = new ConsensusApplication(
    {
      document,
      chainContext: chainContext(document),
      dontBlameOasis: true,
      allowTestKeys: true,
      minGasPrice: 0n,
    },
    {
      store: new DbStateStore(db),
      logger,
      proposer: null,
      ownTxSigner: null,
      attestation: null,
      observer: null,
    },
  );
  const genesis = cometGenesis(document, { debug: true });
  const store = new ChainStore(environment);
  const evidence = new EvidencePool({ environment, store, logger });
  let state = catchUp(genesis, application, store, evidence, logger);
  const mempool = new Mempool(DEFAULT_MEMPOOL_OPTIONS, application, blockLimits(state));
  const executor = new BlockExecutor({ application, store, mempool, logger, evidence });
  const checkpointer = new Checkpointer({
    db,
    files: checkpointFiles(folder),
    parameters: () => ({
      interval: CHECKPOINT_INTERVAL,
      numKept: 2n,
      initialVersion: document.height,
      chunkSize: CHUNK_SIZE,
      threads: 0,
    }),
    roots: (version) => db.rootsForVersion(version),
    clock: { now: () => 0, schedule: systemBackgroundClock.schedule },
    logger,
  });
  const history = {
    state: db,
    blocks: store,
    transaction: <T>(body: () => T) => environment.transaction(body),
  };
  const holds = [() => checkpointer.heldVersion];
  let checkpointing: Promise<void> | null = null;
  for (const [i, { height, block: encoded }] of recorded.entries()) {
    if (height < nextHeight(state)) continue;
    process.stdout.write("block\n");
    const { block, blockId } = openBlock(state, encoded);
    const commit = commitFor(recorded, i);
    if (commit === null) break;
    state = executor.execute(state, { block, blockId, encoded, commit }).state;
    process.stdout.write(`${height}\n`);
    checkpointing ??= checkpointer.run(NEVER).finally(() => {
      checkpointing = null;
    });
    // Blocks are made at a pace that no network has: what a checkpoint holds back must not pile up.
    const heldVersion = checkpointer.heldVersion ?? height;
    if (height - heldVersion > KEPT_HEIGHTS * 2n) await checkpointing;
    for (const _ of measuredSteps(
      (limit) => {
        process.stdout.write("prune\n");
        return pruneConsensus(KEPT_HEIGHTS, holds, history, limit);
      },
      1,
      systemBackgroundClock.now,
    )) {
      if (checkpointing !== null) process.stdout.write("checkpoint\n");
      await nextTurn();
    }
    if (checkpointing !== null) process.stdout.write("checkpoint\n");
    await nextTurn();
  }
  await checkpointing;
  await environment.close();
}

/** The commit that the block was decided with: the next block carries it. */
function commitFor(recorded: readonly RecordedHeight[], index: number) {
  const { seenCommit } = recorded[index]!;
  const next = recorded[index + 1];
  return next === undefined ? seenCommit : parseBlock(next.block).last_commit;
}

/** Restores the newest checkpoint into a database of its own, and begins again when it is there. */
async function restore(folder: string): Promise<void> {
  const files = checkpointFiles(folder);
  const checkpoint = files.list().at(-1);
  if (checkpoint === undefined) return;
  const { root, chunks } = checkpoint;
  for (;;) {
    const environment = openEnvironment(copyFolder(folder));
    const db = openNodeDb(environment, NAMESPACE);
    // The last run may have been at another one, or have finished it.
    if (db.latestVersion() === root.version) {
      await environment.close();
      rmSync(copyFolder(folder), { recursive: true });
      continue;
    }
    if (db.multipart.version !== root.version) db.multipart.abort();
    db.multipart.start(root.version);
    const restorer = new Restorer(db);
    restorer.start(checkpoint);
    for (const index of restorer.missing.reverse()) {
      const chunk = await files.readChunk({
        version: 1,
        root,
        index: BigInt(index),
        digest: chunks![index]!,
      });
      process.stdout.write("restore\n");
      const work = restorer.restoreChunk(index, new Uint8Array(chunk));
      while (work.next().done !== true) await nextTurn();
    }
    process.stdout.write("finalize\n");
    while (db.collectGarbage(100));
    db.finalize([root]);
    process.stdout.write(`${root.version}\n`);
    await environment.close();
  }
}

if (import.meta.main) {
  const [folder, mode, chain] = process.argv.slice(2) as [string, string, string];
  if (mode === "follow") await follow(folder, chain);
  else await restore(folder);
}
