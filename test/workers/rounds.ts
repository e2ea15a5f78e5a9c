import type { Namespace } from "../../src/codec/common-types.ts";
import { EMPTY_HASH, hashOf, sha512_256 } from "../../src/crypto/hash.ts";
import { testSigner } from "../../src/crypto/memory-signer.ts";
import { memoryEnvironment } from "../../src/storage/environment/memory-environment.ts";
import { MkvsTree } from "../../src/storage/mkvs/mkvs-tree.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";
import { encodeInput, encodeOutput, inputKey, outputKey } from "../../src/types/io-tree.ts";
import { RoundResults, RuntimeState } from "../../src/types/roothash.ts";
import {
  type Block,
  HEADER_EPOCH_TRANSITION,
  HEADER_NORMAL,
  Header,
} from "../../src/types/roothash-block.ts";
import { Runtime } from "../../src/types/runtime.ts";
import { ROLE_WORKER } from "../../src/types/scheduler.ts";
import { ROOT_IO, ROOT_STATE } from "../../src/types/storage.ts";
import { inputRoot } from "../../src/workers/executor/input-root.ts";
import type { ScheduledBatch } from "../../src/workers/executor/scheduled-batch.ts";
import type { RoundContext } from "../../src/workers/round-context.ts";
import { StoredRoundHistory } from "../../src/workers/storage/round-history.ts";
import { RoundStore } from "../../src/workers/storage/round-store.ts";
import { workerTables } from "../../src/workers/storage/tables.ts";
import type { Timers } from "../../src/workers/timers.ts";
import { TxPool } from "../../src/workers/txpool/tx-pool.ts";

/** Rounds of a ParaTime for the workers' tests: everything in them is real but the ParaTime. */

export const runtimeId: Namespace = new Uint8Array(32).fill(0x80, 0, 1);
export const nodeSigner = testSigner("worker test node");

export function memoryStore() {
  const environment = memoryEnvironment();
  return new RoundStore(runtimeId, {
    db: openNodeDb(environment, runtimeId),
    history: new StoredRoundHistory(runtimeId, environment.table(workerTables.roundBlocks)),
    transaction: (body) => environment.transaction(body),
  });
}

/** A pool whose ParaTime takes every transaction, each as that of a sender of its own. It checks at once. */
export function acceptingPool(schedule: Timers["schedule"]): TxPool {
  const pool = new TxPool(
    {
      capacity: 100,
      seenCapacity: 100,
      checkBatchSize: 10,
      recheckInterval: 100n,
      maxMessageBytes: 1000,
      maxBytes: 10_000,
    },
    {
      check: async (txs) =>
        txs.map((raw) => ({
          error: { module: "", code: 0, message: "" },
          meta: { priority: 0n, sender: raw, sender_seq: 0n, sender_state_seq: 0n },
        })),
      schedule,
      logger: silentLogging.logger("test"),
    },
  );
  pool.unblock();
  return pool;
}

export function genesisBlock(): Block {
  return {
    header: Header.make({
      namespace: runtimeId,
      header_type: HEADER_NORMAL,
      previous_hash: EMPTY_HASH,
      io_root: EMPTY_HASH,
      state_root: EMPTY_HASH,
      messages_hash: EMPTY_HASH,
      in_msgs_hash: EMPTY_HASH,
    }),
  };
}

/** The block that makes a batch final. */
export function blockOf(parent: Block, batch: Pick<ScheduledBatch, "header">): Block {
  const { header } = batch;
  return {
    header: {
      ...emptyBlock(parent, HEADER_NORMAL).header,
      io_root: header.io_root!,
      state_root: header.state_root!,
      messages_hash: header.messages_hash!,
      in_msgs_hash: header.in_msgs_hash!,
    },
  };
}

/** A block without results: the state stays. */
export function emptyBlock(parent: Block, type = HEADER_EPOCH_TRANSITION): Block {
  return {
    header: {
      ...parent.header,
      round: parent.header.round + 1n,
      header_type: type,
      previous_hash: hashOf(Header, parent.header),
      io_root: EMPTY_HASH,
      messages_hash: EMPTY_HASH,
      in_msgs_hash: EMPTY_HASH,
    },
  };
}

/** What the round after `block` starts from, with this node as the committee's only worker. */
export function roundAfter(block: Block, changes: Partial<RoundContext> = {}): RoundContext {
  const descriptor = Runtime.zero();
  descriptor.txn_scheduler = {
    batch_flush_timeout: 1_000_000_000n,
    max_batch_size: 1000n,
    max_batch_size_bytes: 1_000_000n,
    max_in_messages: 0,
    propose_batch_timeout: 2_000_000_000n,
  };
  const height = block.header.round + 10n;
  return {
    height,
    block,
    annotated: { consensus_height: height, block },
    lightBlock: { height, meta: new Uint8Array() },
    epoch: 1n,
    nextEpochHeight: null,
    descriptor,
    state: RuntimeState.make({
      genesis_block: genesisBlock(),
      last_block: block,
      last_normal_round: 1n,
      committee: {
        kind: 1,
        members: [{ role: ROLE_WORKER, public_key: nodeSigner.publicKey }],
        runtime_id: runtimeId,
        valid_for: 1n,
      },
    }),
    roundResults: RoundResults.zero(),
    incomingMessages: [],
    ...changes,
  };
}

/** A ParaTime that counts: each transaction is stored under its hash. */
export function executeCounting(
  store: RoundStore,
  round: RoundContext,
  inputs: Uint8Array[],
): ScheduledBatch {
  const parent = round.block.header;
  const state = MkvsTree.empty(ROOT_STATE);
  const before = store.stateTree(parent.round);
  for (const [key, value] of before?.seek(new Uint8Array()) ?? []) state.insert(key, value);
  const io = MkvsTree.empty(ROOT_IO);
  const stateWriteLog: [Uint8Array, Uint8Array][] = [];
  const ioWriteLog: [Uint8Array, Uint8Array][] = [];
  const txHashes = inputs.map((input) => sha512_256(input));
  for (const [order, input] of inputs.entries()) {
    const hash = txHashes[order]!;
    state.insert(hash, input);
    stateWriteLog.push([hash, input]);
    ioWriteLog.push([inputKey(hash), encodeInput(input, order)], [outputKey(hash), encodeOutput(input)]);
  }
  io.applyWriteLog(ioWriteLog);
  return {
    header: {
      round: parent.round + 1n,
      previous_hash: hashOf(Header, parent),
      io_root: io.rootHash(),
      state_root: state.rootHash(),
      messages_hash: EMPTY_HASH,
      in_msgs_hash: EMPTY_HASH,
      in_msgs_count: 0,
    },
    inputRoot: inputRoot(inputs),
    ioWriteLog,
    stateWriteLog,
    messages: [],
    rakSignature: new Uint8Array(64),
    txHashes,
    rejected: [],
  };
}
