import { expect, test } from "vitest";
import { TxWaiters } from "./tx-waiters.ts";

const hash = (byte: number) => new Uint8Array(32).fill(byte);
const never = new AbortController().signal;

test("settles every waiter of an included transaction and keeps the others", async () => {
  const waiters = new TxWaiters();
  const first = waiters.wait(hash(1), never);
  const second = waiters.wait(hash(1), never);
  const other = new AbortController();
  const pending = waiters.wait(hash(2), other.signal);
  waiters.roundFinalized(7n, (wanted) =>
    wanted[0] === 1 ? { output: new Uint8Array([9]), batchOrder: 3 } : null,
  );
  expect(await first).toEqual({ output: new Uint8Array([9]), batchOrder: 3, round: 7n });
  expect(await second).toEqual(await first);
  expect(waiters.size).toBe(1);
  other.abort(new Error("gone"));
  await expect(pending).rejects.toThrow("gone");
  expect(waiters.size).toBe(0);
});

test("one waiter that gives up does not take the other along", async () => {
  const waiters = new TxWaiters();
  const impatient = new AbortController();
  const lost = waiters.wait(hash(1), impatient.signal);
  const kept = waiters.wait(hash(1), never);
  impatient.abort(new Error("gone"));
  await expect(lost).rejects.toThrow("gone");
  waiters.roundFinalized(1n, () => ({ output: new Uint8Array(), batchOrder: 0 }));
  expect((await kept).round).toBe(1n);
});
