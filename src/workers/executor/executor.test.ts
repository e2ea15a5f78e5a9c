import { expect, test } from "vitest";
import {
  acceptingPool,
  blockOf,
  emptyBlock,
  executeCounting,
  genesisBlock,
  memoryStore,
  nodeSigner,
  roundAfter,
  runtimeId,
} from "../../../test/workers/rounds.ts";
import { equal, toHex } from "../../codec/bytes.ts";
import { CodedError } from "../../codec/errors.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import type { ExecutorCommit } from "../../types/roothash.ts";
import type { Block } from "../../types/roothash-block.ts";
import type { RoundContext } from "../round-context.ts";
import type { SubmissionManager } from "../submission.ts";
import { Executor } from "./executor.ts";
import type { ScheduledBatch } from "./scheduled-batch.ts";

const tx = (text: string) => new TextEncoder().encode(text);

/** A clock that stands still until it is told to go on. */
class TestTimers {
  #now = 0;
  #pending: { at: number; fn: () => void }[] = [];

  now = () => this.#now;
  schedule = (fn: () => void, delayMs: number) => {
    const entry = { at: this.#now + delayMs, fn };
    this.#pending.push(entry);
    return () => {
      this.#pending = this.#pending.filter((other) => other !== entry);
    };
  };

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#pending.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#pending = this.#pending.filter((other) => other !== next);
      this.#now = next.at;
      next.fn();
      await settled();
    }
    this.#now = end;
  }

  get pendingCount(): number {
    return this.#pending.length;
  }
}

/** Lets promises that are ready run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  await new Promise(setImmediate);
}

async function setUp() {
  const timers = new TestTimers();
  const store = memoryStore();
  const genesis = genesisBlock();
  store.finalize({ consensus_height: 10n, block: genesis });
  const pool = acceptingPool(timers.schedule);
  const submitted: ExecutorCommit[] = [];
  const executed: ScheduledBatch[] = [];
  const control = {
    poison: null as Uint8Array | null,
    fails: false,
    height: 100n,
    batchSize: 10 as number | null,
    refuses: false,
  };
  const executor = new Executor(
    { runtimeId, chainContext: "c".repeat(64) },
    {
      signer: nodeSigner,
      pool,
      store,
      submission: {
        submit: async (_signer: unknown, _method: string, _codec: unknown, body: ExecutorCommit) => {
          submitted.push(body);
          if (control.refuses) throw new CodedError("roothash", 7, "refused");
          return { height: 1n, index: 0 };
        },
      } as unknown as SubmissionManager,
      peers: null,
      execute: async (round: RoundContext, inputs: Uint8Array[]) => {
        if (control.fails) throw new Error("the ParaTime died");
        if (inputs.some((input) => control.poison !== null && equal(input, control.poison)))
          throw new CodedError("dispatcher", 1, "state is broken");
        const batch = executeCounting(store, round, inputs);
        executed.push(batch);
        return batch;
      },
      initialBatchSize: () => control.batchSize,
      interrupt: () => {},
      latestHeight: () => control.height,
      timers,
      logger: silentLogging.logger("test"),
    },
  );
  pool.added.subscribe(() => executor.consider());
  const finalize = (block: Block) => {
    store.finalize({ consensus_height: block.header.round + 10n, block });
    return roundAfter(block);
  };
  return { timers, store, genesis, pool, submitted, executed, control, executor, finalize };
}

test("a transaction is executed, stored, committed to, and leaves the pool when the round is final", async () => {
  const { genesis, pool, submitted, executed, executor, store, finalize } = await setUp();
  executor.beginRound(roundAfter(genesis));
  expect(executor.state).toMatchObject({ state: "waitingForBatch", round: 1n, rank: 0n });
  await pool.submit(tx("a"), { discard: false });
  await settled();
  expect(submitted).toHaveLength(1);
  const commitment = submitted[0]!.commits![0]!;
  expect(commitment.header.header).toEqual(executed[0]!.header);
  expect(toHex(commitment.header.scheduler_id)).toBe(toHex(nodeSigner.publicKey));
  expect(executor.state).toMatchObject({ state: "waitingForFinalization", round: 1n });
  expect(pool.size).toBe(1);
  const block = blockOf(genesis, executed[0]!);
  pool.used(executor.batchOf(block.header)!);
  executor.beginRound(finalize(block));
  expect(pool.size).toBe(0);
  expect(store.stateTree(1n)?.get(sha512_256(tx("a")))).toEqual(tx("a"));
});

test("transactions of a round that failed stay in the pool and are tried again", async () => {
  const { genesis, pool, submitted, executed, executor, finalize } = await setUp();
  executor.beginRound(roundAfter(genesis));
  await pool.submit(tx("a"), { discard: false });
  await settled();
  executor.beginRound(finalize(emptyBlock(genesis)));
  await settled();
  expect(submitted).toHaveLength(2);
  expect(executed[1]!.header.round).toBe(2n);
  expect(executed[1]!.txHashes.map(toHex)).toEqual([toHex(sha512_256(tx("a")))]);
});

test("without transactions an empty batch comes at the flush timeout, once", async () => {
  const { genesis, executed, executor, timers } = await setUp();
  executor.beginRound(roundAfter(genesis));
  await timers.advance(999);
  expect(executed).toHaveLength(0);
  await timers.advance(1);
  expect(executed).toHaveLength(1);
  expect(executed[0]!.txHashes).toEqual([]);
  await timers.advance(10_000);
  expect(executed).toHaveLength(1);
});

test("nothing is scheduled right before an epoch transition, for the committee changes then", async () => {
  const { genesis, pool, executed, control, executor } = await setUp();
  control.height = 41n;
  executor.beginRound(roundAfter(genesis, { nextEpochHeight: 42n }));
  await pool.submit(tx("a"), { discard: false });
  await settled();
  expect(executed).toHaveLength(0);
});

test("nothing is scheduled while the ParaTime cannot be asked", async () => {
  const { genesis, pool, executed, control, executor } = await setUp();
  control.batchSize = null;
  executor.beginRound(roundAfter(genesis));
  await pool.submit(tx("a"), { discard: false });
  await settled();
  expect(executed).toHaveLength(0);
  control.batchSize = 10;
  executor.consider();
  await settled();
  expect(executed).toHaveLength(1);
});

test("a failing ParaTime is asked again after a while, and a refused commitment is sent again", async () => {
  const { genesis, pool, submitted, control, executor, timers } = await setUp();
  control.fails = true;
  executor.beginRound(roundAfter(genesis));
  await pool.submit(tx("a"), { discard: false });
  await settled();
  expect(submitted).toHaveLength(0);
  control.fails = false;
  control.refuses = true;
  await timers.advance(1000);
  expect(submitted).toHaveLength(1);
  control.refuses = false;
  await timers.advance(1000);
  expect(submitted).toHaveLength(2);
  expect(submitted[1]!.commits![0]!.header.header).toEqual(submitted[0]!.commits![0]!.header.header);
});

test("a transaction that the ParaTime fails on is found and dropped, the others are executed", async () => {
  const { genesis, pool, executed, control, executor, timers, finalize } = await setUp();
  const reasons: string[] = [];
  pool.dropped.subscribe(({ reason }) => reasons.push(reason));
  control.poison = tx("poison");
  for (const text of ["a", "b", "c", "poison", "d", "e"]) await pool.submit(tx(text), { discard: false });
  await settled();
  let block: Block = genesis;
  executor.beginRound(roundAfter(block));
  for (let step = 0; pool.size > 0 && step < 50; step++) {
    const before = executed.length;
    await settled();
    if (executed.length === before && executor.state.state !== "waitingForFinalization") {
      await timers.advance(1000);
      continue;
    }
    block = blockOf(block, executed.at(-1)!);
    pool.used(executor.batchOf(block.header)!);
    executor.beginRound(finalize(block));
  }
  expect(reasons).toEqual(["the ParaTime cannot execute it: state is broken"]);
  const done = executed.flatMap(({ txHashes }) => txHashes.map(toHex));
  expect(done.sort()).toEqual(["a", "b", "c", "d", "e"].map((text) => toHex(sha512_256(tx(text)))).sort());
});

test("a worker of rank 1 leaves the first proposer timeout to rank 0", async () => {
  const { genesis, pool, executed, executor, timers } = await setUp();
  const round = roundAfter(genesis);
  const other = { role: 1, public_key: new Uint8Array(32).fill(7) };
  round.state.committee!.members = [other, ...round.state.committee!.members!];
  // Two workers, round 1: the worker at index 1 has rank (1 + 1) mod 2 = 0; at round 2 it has rank 1.
  expect(round.block.header.round).toBe(0n);
  executor.beginRound(round);
  expect(executor.rank).toBe(0n);
  const second = roundAfter(emptyBlock(genesis), { state: round.state });
  executor.beginRound(second);
  expect(executor.rank).toBe(1n);
  await pool.submit(tx("a"), { discard: false });
  await settled();
  expect(executed).toHaveLength(0);
  await timers.advance(2000);
  expect(executed.length + Number(executor.state.state === "processingBatch")).toBeGreaterThan(0);
});

test("a node outside the committee, or of a suspended ParaTime, does nothing", async () => {
  const { genesis, pool, executed, executor, timers } = await setUp();
  const round = roundAfter(genesis);
  executor.beginRound({ ...round, state: { ...round.state, committee: null } });
  expect(executor.state).toMatchObject({ state: "idle", because: "notElected" });
  executor.beginRound({ ...round, state: { ...round.state, suspended: true } });
  expect(executor.state).toMatchObject({ state: "idle", because: "suspended" });
  await pool.submit(tx("a"), { discard: false });
  await timers.advance(60_000);
  expect(executed).toHaveLength(0);
});

test("stopping leaves no timer behind", async () => {
  const { genesis, executor, timers } = await setUp();
  executor.beginRound(roundAfter(genesis));
  expect(timers.pendingCount).toBeGreaterThan(0);
  executor.stop();
  expect(timers.pendingCount).toBe(0);
});
