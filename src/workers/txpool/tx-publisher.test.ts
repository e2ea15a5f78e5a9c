import { expect, test } from "vitest";
import { FakeClock } from "../../../test/fake-clock.ts";
import { toHex } from "../../codec/bytes.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { receiveTx } from "./receive-tx.ts";
import { TxPool } from "./tx-pool.ts";
import { MIN_REPUBLISH_MS, PUBLISHED_AT_ONCE, TxPublisher } from "./tx-publisher.ts";

const tx = (text: string) => new TextEncoder().encode(text);
const going = new AbortController().signal;
const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
};

function setUp({ refuses = "", capacity = 1000 } = {}) {
  const clock = new FakeClock();
  const options = { capacity, seenCapacity: 2000, checkBatchSize: 500, recheckInterval: 5n };
  const pool = new TxPool(
    { ...options, maxMessageBytes: 100_000, maxBytes: 1_000_000 },
    {
      check: async (txs) =>
        txs.map((raw) => ({
          error: { module: "", code: Buffer.from(raw).toString() === refuses ? 7 : 0, message: "no" },
          meta: { priority: 0n, sender: raw, sender_seq: 0n, sender_state_seq: 0n },
        })),
      schedule: clock.schedule,
      logger: silentLogging.logger("test"),
    },
  );
  pool.unblock();
  const published: string[] = [];
  const publisher = new TxPublisher(
    { intervalMs: 60_000, remembered: 2000 },
    { pool, timers: clock, publish: async (raw) => void published.push(Buffer.from(raw).toString()) },
  );
  publisher.start();
  return { clock, pool, published, publisher };
}

test("what clients submit is published at once, what peers published is not", async () => {
  const { pool, published } = setUp();
  await pool.submit(tx("ours"), { discard: false });
  await receiveTx(pool, tx("theirs"), going);
  await pool.submit(tx("only checked"), { discard: true });
  await settled();
  expect(published).toEqual(["ours"]);
  expect(pool.size).toBe(2);
});

test("what still waits is published again, no sooner than peers take it again", async () => {
  const { clock, pool, published } = setUp();
  await pool.submit(tx("ours"), { discard: false });
  await receiveTx(pool, tx("theirs"), going);
  clock.advance(MIN_REPUBLISH_MS - 1000);
  expect(published).toEqual(["ours"]);
  clock.advance(MIN_REPUBLISH_MS / 4);
  expect(published.slice(1).sort()).toEqual(["ours", "theirs"]);
  pool.used(pool.all().map(({ hash }) => hash));
  clock.advance(3 * MIN_REPUBLISH_MS);
  expect(published).toHaveLength(3);
});

test("a recheck is no reason to publish", async () => {
  const { pool, published } = setUp();
  await pool.submit(tx("ours"), { discard: false });
  pool.roundBegan(1n, { committeeChanged: true });
  await settled();
  expect(pool.size).toBe(1);
  expect(published).toEqual(["ours"]);
});

test("many at once go out in pieces, each once", async () => {
  const { clock, pool, published } = setUp();
  const count = 2 * PUBLISHED_AT_ONCE + 50;
  await Promise.all(Array.from({ length: count }, (_, i) => pool.submit(tx(`tx ${i}`), { discard: false })));
  await settled();
  expect(published.length).toBeLessThanOrEqual(PUBLISHED_AT_ONCE);
  for (let i = 0; i < 10; i++) clock.advance(100);
  expect(new Set(published).size).toBe(count);
  expect(published).toHaveLength(count);
});

test("nothing is published after a stop", async () => {
  const { clock, pool, published, publisher } = setUp();
  publisher.stop();
  await pool.submit(tx("late"), { discard: false });
  clock.advance(1_000_000);
  expect(published).toEqual([]);
});

test("a peer's transaction that the ParaTime refuses, or that is known, is not passed on", async () => {
  const { pool } = setUp({ refuses: "bad" });
  await expect(receiveTx(pool, tx("bad"), going)).rejects.toMatchObject({ reaction: "drop" });
  await receiveTx(pool, tx("good"), going);
  await expect(receiveTx(pool, tx("good"), going)).rejects.toMatchObject({ reaction: "drop" });
  pool.block();
  const ended = new AbortController();
  const waiting = receiveTx(pool, tx("later"), ended.signal);
  ended.abort(new Error("time is up"));
  // It may be taken yet: others hear of it, and it is tried again here.
  await expect(waiting).rejects.toThrow("time is up");
});

test("transactions of a proposal are found whether or not they pass a check, until the next round", async () => {
  const { pool } = setUp({ refuses: "bad" });
  pool.addProposed([tx("bad"), tx("good")]);
  await settled();
  expect(pool.size).toBe(1);
  const hash = toHex(sha512_256(tx("bad")));
  expect(pool.find(hash)).toEqual(tx("bad"));
  pool.clearProposed();
  expect(pool.find(hash)).toBeNull();
});
