import fc from "fast-check";
import { expect, test } from "vitest";
import { MainQueue, type QueuedTx } from "./main-queue.ts";

function tx(sender: string, senderSeq: number, priority: number, tag = ""): QueuedTx {
  return {
    hash: `${sender}/${senderSeq}/${priority}${tag}`,
    raw: new Uint8Array(),
    sender,
    senderSeq: BigInt(senderSeq),
    priority: BigInt(priority),
  };
}

const hashes = (txs: QueuedTx[]) => txs.map((entry) => entry.hash);

test("senders run in the order of their numbers, the highest priority among the first ones first", () => {
  const queue = new MainQueue({ capacity: 10 });
  for (const entry of [tx("a", 1, 9), tx("a", 0, 1), tx("b", 0, 5), tx("c", 1, 100)]) queue.add(entry, 0n);
  expect(hashes(queue.schedule(10))).toEqual(["b/0/5", "a/0/1", "a/1/9"]);
  expect(queue.size).toBe(4);
});

test("a schedule goes on where it stopped and starts anew on request", () => {
  const queue = new MainQueue({ capacity: 10 });
  for (let seq = 0; seq < 4; seq++) queue.add(tx("a", seq, 1), 0n);
  expect(hashes(queue.schedule(1))).toEqual(["a/0/1"]);
  expect(hashes(queue.scheduleExtra(2))).toEqual(["a/1/1", "a/2/1"]);
  expect(hashes(queue.schedule(1))).toEqual(["a/0/1"]);
});

test("refusals carry the official texts", () => {
  const queue = new MainQueue({ capacity: 2 });
  expect(queue.add(tx("a", 4, 1), 5n).refused).toBe("transaction expired");
  expect(queue.add(tx("a", 5, 2), 5n).refused).toBeNull();
  expect(queue.add(tx("a", 5, 2, "x"), 5n).refused).toBe("replacement transaction underpriced");
  expect(hashes(queue.add(tx("a", 5, 3), 5n).dropped)).toEqual(["a/5/2"]);
  expect(queue.add(tx("b", 0, 7), 0n).refused).toBeNull();
  expect(queue.add(tx("c", 0, 1), 0n).refused).toBe("transaction underpriced");
  expect(hashes(queue.add(tx("c", 0, 9), 0n).dropped)).toEqual(["a/5/3"]);
  expect(queue.size).toBe(2);
});

test("a used transaction takes the earlier ones of its sender along", () => {
  const queue = new MainQueue({ capacity: 10 });
  for (let seq = 0; seq < 4; seq++) queue.add(tx("a", seq, 1), 0n);
  expect(hashes(queue.used("a/1/1"))).toEqual(["a/0/1", "a/1/1"]);
  expect(hashes(queue.schedule(10))).toEqual(["a/2/1", "a/3/1"]);
});

test("whatever happens, the queue is bounded and schedules no gap and no transaction twice", () => {
  const operation = fc.record({
    kind: fc.constantFrom("add", "add", "add", "used", "remove"),
    sender: fc.constantFrom("a", "b", "c"),
    seq: fc.nat(6),
    priority: fc.nat(5),
    stateSeq: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const queue = new MainQueue({ capacity: 6 });
      for (const { kind, sender, seq, priority, stateSeq } of operations) {
        const entry = tx(sender, seq, priority);
        if (kind === "add") queue.add(entry, BigInt(stateSeq));
        else if (kind === "used") queue.used(entry.hash);
        else queue.remove(entry.hash);
        expect(queue.size).toBeLessThanOrEqual(6);
      }
      const scheduled = queue.schedule(100);
      expect(new Set(hashes(scheduled)).size).toBe(scheduled.length);
      const last = new Map<string, bigint>();
      for (const entry of scheduled) {
        const before = last.get(entry.sender);
        if (before !== undefined) expect(entry.senderSeq).toBe(before + 1n);
        last.set(entry.sender, entry.senderSeq);
      }
    }),
  );
});
