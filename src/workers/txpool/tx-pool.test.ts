import { expect, test } from "vitest";
import { CodedError } from "../../codec/errors.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { type TxCheck, TxPool, type TxPoolOptions } from "./tx-pool.ts";

const ok = (seq: bigint, stateSeq = 0n): TxCheck => ({
  error: { module: "", code: 0, message: "" },
  meta: { priority: 1n, sender: new Uint8Array([1]), sender_seq: seq, sender_state_seq: stateSeq },
});

const raw = (byte: number, length = 1) => new Uint8Array(length).fill(byte);

/** A pool whose ParaTime is a function, and whose timers fire when told to. */
function makePool(check: (txs: Uint8Array[]) => Promise<TxCheck[]>, options: Partial<TxPoolOptions> = {}) {
  const timers = new Set<() => void>();
  const pool = new TxPool(
    {
      capacity: 10,
      seenCapacity: 100,
      checkBatchSize: 4,
      recheckInterval: 5n,
      maxMessageBytes: 500,
      maxBytes: 1000,
      ...options,
    },
    {
      check,
      schedule: (fn) => {
        timers.add(fn);
        return () => timers.delete(fn);
      },
      logger: silentLogging.logger("test"),
    },
  );
  const fire = () => {
    for (const fn of [...timers]) {
      timers.delete(fn);
      fn();
    }
  };
  return { pool, fire, timers };
}

test("transactions are checked in batches and queued with what the ParaTime said", async () => {
  const batches: number[] = [];
  const { pool } = makePool(async (txs) => {
    batches.push(txs.length);
    return txs.map((tx) => ok(BigInt(tx[0]!)));
  });
  const submitted = [0, 1, 2, 3, 4].map((byte) => pool.submit(raw(byte), { discard: false }));
  pool.unblock();
  await Promise.all(submitted);
  expect(batches).toEqual([4, 1]);
  expect(pool.schedule(10).map((tx) => tx.raw[0])).toEqual([0, 1, 2, 3, 4]);
});

test("no message to the ParaTime carries more bytes than it may, and what would never fit is refused", async () => {
  const batches: number[][] = [];
  const { pool } = makePool(
    async (txs) => {
      batches.push(txs.map((tx) => tx.length));
      return txs.map((tx) => ok(BigInt(tx[0]!)));
    },
    { maxMessageBytes: 100 },
  );
  await expect(pool.submit(raw(9, 101), { discard: false })).rejects.toThrow(
    "transaction of 101 bytes is too large: at most 100 bytes are taken",
  );
  const submitted = [50, 50, 1, 100].map((length, byte) =>
    pool.submit(raw(byte, length), { discard: false }),
  );
  pool.unblock();
  await Promise.all(submitted);
  expect(batches).toEqual([[50, 50], [1], [100]]);
  const lengths = (txs: { raw: Uint8Array }[]) => txs.map((tx) => tx.raw.length);
  expect(lengths(pool.schedule(10))).toEqual([50, 50]);
  expect(lengths(pool.scheduleExtra(10))).toEqual([1]);
  expect(lengths(pool.scheduleExtra(10))).toEqual([100]);
  expect(lengths(pool.scheduleExtra(10))).toEqual([]);
});

test("a transaction that the ParaTime fails on is found and refused, the others are checked", async () => {
  const batches: number[][] = [];
  const { pool } = makePool(async (txs) => {
    batches.push(txs.map((tx) => tx[0]!));
    if (txs.some((tx) => tx[0] === 2)) throw new CodedError("dispatcher", 1, "key too long");
    return txs.map((tx) => ok(BigInt(tx[0]!)));
  });
  const submitted = [0, 1, 2, 3, 4].map((byte) => pool.submit(raw(byte), { discard: false }));
  pool.unblock();
  const outcomes = await Promise.allSettled(submitted);
  expect(outcomes.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
  ]);
  await expect(submitted[2]).rejects.toThrow("the ParaTime cannot check the transaction: key too long");
  expect(batches.filter((batch) => batch.join() === "2")).toHaveLength(2);
  // It may come again: the ParaTime may have been repaired.
  await expect(pool.submit(raw(2), { discard: false })).rejects.toThrow("cannot check");
});

test("while the ParaTime is not there no transaction is blamed", async () => {
  let there = false;
  const { pool, fire } = makePool(async (txs) => {
    if (!there) throw new CodedError("rhp/internal", 1, "rhp: not ready");
    return txs.map((tx) => ok(BigInt(tx[0]!)));
  });
  const submitted = pool.submit(raw(0), { discard: false });
  pool.unblock();
  for (let attempt = 0; attempt < 5; attempt++) {
    await new Promise(setImmediate);
    fire();
  }
  there = true;
  await new Promise(setImmediate);
  fire();
  expect((await submitted).error.code).toBe(0);
});

test("whoever waits for a transaction is told when it leaves without having been executed", async () => {
  let accept = true;
  const { pool } = makePool(async (txs) =>
    txs.map((tx) =>
      accept ? ok(BigInt(tx[0]!)) : { error: { module: "m", code: 7, message: "stale" }, meta: null },
    ),
  );
  const dropped: string[] = [];
  pool.dropped.subscribe(({ reason }) => dropped.push(reason));
  pool.unblock();
  await pool.submit(raw(0), { discard: false });
  await pool.submit(raw(1), { discard: false });
  pool.reject([pool.all()[1]!.hash], "rejected while scheduling");
  accept = false;
  pool.roundBegan(100n, { committeeChanged: false });
  await new Promise(setImmediate);
  expect(dropped).toEqual(["rejected while scheduling", "it does not pass its check any more: stale"]);
  expect(pool.size).toBe(0);
});

test("a duplicate is refused while it waits, while it is queued and after it was executed, not after a refusal", async () => {
  let accept = true;
  const { pool } = makePool(async (txs) =>
    txs.map((tx) =>
      accept ? ok(BigInt(tx[0]!)) : { error: { module: "m", code: 7, message: "no" }, meta: null },
    ),
  );
  const first = pool.submit(raw(0), { discard: false });
  await expect(pool.submit(raw(0), { discard: false })).rejects.toThrow("duplicate transaction");
  pool.unblock();
  await first;
  await expect(pool.submit(raw(0), { discard: false })).rejects.toThrow("duplicate transaction");
  pool.used(pool.all().map((tx) => tx.hash));
  expect(pool.size).toBe(0);
  await expect(pool.submit(raw(0), { discard: false })).rejects.toThrow("duplicate transaction");
  accept = false;
  expect((await pool.submit(raw(9), { discard: false })).error).toEqual({
    module: "m",
    code: 7,
    message: "no",
  });
  expect((await pool.submit(raw(9), { discard: false })).error.code).toBe(7);
});

test("only checking queues nothing", async () => {
  const { pool } = makePool(async (txs) => txs.map(() => ok(0n)));
  pool.unblock();
  expect((await pool.submit(raw(0), { discard: true })).error.code).toBe(0);
  expect(pool.size).toBe(0);
  expect((await pool.submit(raw(0), { discard: false })).error.code).toBe(0);
  expect(pool.size).toBe(1);
});

test("a ParaTime that cannot answer delays the check, in order, and loses nothing", async () => {
  let broken = true;
  const { pool, fire } = makePool(async (txs) => {
    if (broken) throw new Error("process died");
    return txs.map((tx) => ok(BigInt(tx[0]!)));
  });
  const submitted = [0, 1].map((byte) => pool.submit(raw(byte), { discard: false }));
  pool.unblock();
  await new Promise(setImmediate);
  expect(pool.pendingChecks).toBe(2);
  broken = false;
  fire();
  await Promise.all(submitted);
  expect(pool.size).toBe(2);
});

test("bytes and numbers are bounded", async () => {
  const { pool } = makePool(async (txs) => txs.map((tx) => ok(BigInt(tx[0]!))), {
    capacity: 2,
    maxBytes: 100,
  });
  const first = pool.submit(raw(1, 60), { discard: false });
  await expect(pool.submit(raw(2, 60), { discard: false })).rejects.toThrow("check queue is full");
  const more = [3, 4].map((byte) => pool.submit(raw(byte), { discard: false }));
  await expect(pool.submit(raw(5), { discard: false })).rejects.toThrow("check queue is full");
  pool.unblock();
  await Promise.all([first, ...more]);
  expect(pool.size).toBe(2);
});

test("everything is checked again after some rounds, and what fails then may come again", async () => {
  let stateSeq = 0n;
  const { pool } = makePool(async (txs) =>
    txs.map((tx) =>
      BigInt(tx[0]!) < stateSeq
        ? { error: { module: "m", code: 1, message: "nonce" }, meta: null }
        : ok(BigInt(tx[0]!), stateSeq),
    ),
  );
  pool.unblock();
  await Promise.all([0, 1].map((byte) => pool.submit(raw(byte), { discard: false })));
  pool.roundBegan(3n, { committeeChanged: false });
  expect(pool.size).toBe(2);
  stateSeq = 1n;
  pool.roundBegan(7n, { committeeChanged: false });
  await new Promise(setImmediate);
  expect(pool.all().map((tx) => tx.raw[0])).toEqual([1]);
  expect((await pool.submit(raw(0), { discard: false })).error.message).toBe("nonce");
});

test("stopping ends every waiting submission", async () => {
  const { pool } = makePool(async () => []);
  const waiting = pool.submit(raw(1), { discard: false });
  pool.stop();
  await expect(waiting).rejects.toThrow("stopping");
  await expect(pool.submit(raw(2), { discard: false })).rejects.toThrow("stopping");
});

test("an accepted transaction without metadata is an error, not a crash", async () => {
  const { pool } = makePool(async (txs) =>
    txs.map(() => ({ error: { module: "", code: 0, message: "" }, meta: null })),
  );
  pool.unblock();
  expect((await pool.submit(raw(1), { discard: false })).error).toMatchObject({ module: "txpool", code: 1 });
});
