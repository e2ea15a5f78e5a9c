import { expect, test } from "vitest";
import { FakeClock } from "../../test/fake-clock.ts";
import { published, RecordedConsensus, version } from "../../test/workers/recorded-consensus.ts";
import {
  blockOf,
  emptyBlock,
  executeCounting,
  genesisBlock,
  memoryStore,
  nodeSigner,
  roundAfter,
  runtimeId,
} from "../../test/workers/rounds.ts";
import { toHex } from "../codec/bytes.ts";
import type { HostEvent, RuntimeHost } from "../runtime/host.ts";
import type { NodeDb } from "../storage/node-db/node-db.ts";
import { Emitter } from "../telemetry/emitter.ts";
import { silentLogging } from "../telemetry/logger.ts";
import { RuntimeInfoResponse } from "../types/host-protocol-runtime-calls.ts";
import type { AnnotatedBlock, Block } from "../types/roothash-block.ts";
import { ROOT_IO, ROOT_STATE } from "../types/storage.ts";
import { RuntimeClient } from "./client/runtime-client.ts";
import type { ConsensusView } from "./consensus-view.ts";
import type { BundleFacts } from "./host/binary-mismatch.ts";
import { RuntimeWorker } from "./runtime-worker.ts";
import type { RoundStore } from "./storage/round-store.ts";
import type { SubmissionManager } from "./submission.ts";

/** A ParaTime process that is ready as soon as it is started and takes every consensus block. */
class ReadyHost implements RuntimeHost {
  readonly runtimeId = runtimeId;
  readonly component = "ronl";
  readonly told: unknown[] = [];
  readonly #events = new Emitter<HostEvent>();
  readonly #info = RuntimeInfoResponse.make({ runtime_version: version });
  #running = false;

  status() {
    if (!this.#running) return { state: "stopped", sinceMs: 0 } as const;
    return { state: "ready", sinceMs: 0, pid: 1, info: this.#info, logFlood: null, trouble: null } as const;
  }
  info = () => (this.#running ? this.#info : null);
  start() {
    this.#running = true;
    this.#events.emit({ kind: "started", info: this.#info });
  }
  async stop() {
    this.#running = false;
  }
  abort = () => Promise.resolve();
  call = (async (_: string, body: unknown) => {
    this.told.push(body);
    return {};
  }) as RuntimeHost["call"];
  subscribe = (listener: (event: HostEvent) => void) => this.#events.subscribe(listener);
  logTail = () => [];
}

function createWorker(consensus: ConsensusView, store: RoundStore, bundle: BundleFacts | null = null) {
  const host = new ReadyHost();
  const clock = new FakeClock();
  const txPool = {
    capacity: 10,
    seenCapacity: 10,
    checkBatchSize: 10,
    recheckInterval: 5n,
    maxMessageBytes: 1000,
    maxBytes: 1000,
  };
  const worker = new RuntimeWorker(
    {
      runtimeId,
      txPool,
      compute: true,
      bundle,
      republishMs: 60_000,
      fetchers: 4,
      isPublic: false,
      checkpointSync: true,
    },
    {
      consensus,
      store,
      db: null as unknown as NodeDb,
      host,
      submission: null as unknown as SubmissionManager,
      nodeSigner,
      network: null,
      checkpoints: null,
      timers: clock,
      logger: silentLogging.logger("test"),
      metrics: null,
    },
  );
  return { worker, host, clock };
}

const at = (block: Block, height: bigint): AnnotatedBlock => ({ consensus_height: height, block });
const settled = () => new Promise(setImmediate);

test("rounds that were finalized while the node was down are final at its next start", async () => {
  const store = memoryStore();
  const consensus = new RecordedConsensus();
  const genesis = genesisBlock();
  consensus.commit(at(genesis, 10n), 10n);
  store.finalize(at(genesis, 10n));
  const batch = executeCounting(store, roundAfter(genesis), [new Uint8Array([1])]);
  store.applyResults(genesis.header, batch);

  // Round 1 has the results, rounds 2 and 3 keep them; heights 12 and 14 have no block of the ParaTime.
  const first = blockOf(genesis, batch);
  const second = emptyBlock(first);
  const third = emptyBlock(second);
  consensus.commit(at(first, 11n), 11n);
  consensus.commit(at(first, 11n), 12n);
  consensus.commit(at(second, 13n), 13n);
  consensus.commit(at(second, 13n), 14n);
  consensus.commit(at(third, 15n), 15n);

  const { worker, host } = createWorker(consensus, store);
  worker.start();
  await settled();
  expect([0n, 1n, 2n, 3n].map((round) => store.block(round)?.consensus_height)).toEqual([10n, 11n, 13n, 15n]);
  const client = new RuntimeClient({ consensus, workers: [worker] });
  expect(client.lastSyncedRound(runtimeId)).toEqual({
    round: 3n,
    io_root: { ns: runtimeId, version: 3n, root_type: ROOT_IO, hash: third.header.io_root },
    state_root: { ns: runtimeId, version: 3n, root_type: ROOT_STATE, hash: first.header.state_root },
  });
  expect(() => client.lastSyncedRound(new Uint8Array(32))).toThrow(/runtime not found/);
  expect(worker.waiting).toBeNull();
  expect(worker.offer()).toMatchObject({ ready: true });
  expect(host.told).toEqual([{ height: 15n }]);
  await worker.stop();
});

test("another bundle than the deployed one waits, with both hashes, until the deployment names it", async () => {
  const store = memoryStore();
  const consensus = new RecordedConsensus();
  consensus.commit(at(genesisBlock(), 10n), 10n);
  const other = new Uint8Array(32).fill(2);
  const { worker, clock } = createWorker(consensus, store, { version, manifestHash: other });
  worker.start();
  await settled();
  const sinceMs = clock.now();
  const expected = {
    for: "the deployed bundle of the ParaTime",
    cause: expect.stringMatching(new RegExp(`${toHex(other)}.*${toHex(published)}`)),
    sinceMs,
  };
  expect(worker.waiting).toMatchObject(expected);
  clock.advance(5_000);
  expect(worker.waiting).toMatchObject(expected);
  expect(worker.offer()).toMatchObject({ ready: false, waiting: expected });
  await worker.stop();

  const right = createWorker(consensus, store, { version, manifestHash: published });
  right.worker.start();
  await settled();
  expect(right.worker.offer()).toMatchObject({ ready: true });
  await right.worker.stop();
});
