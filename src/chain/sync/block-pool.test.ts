import fc from "fast-check";
import { expect, test } from "vitest";
import type { NodeId } from "../../p2p/comet/node-id.ts";
import {
  ASK_ANOTHER_AFTER_MS,
  BlockPool,
  MAX_AHEAD,
  MAX_PENDING_PER_PEER,
  PEER_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  type SyncPeer,
} from "./block-pool.ts";

const peers = Array.from(
  { length: 4 },
  (_, i): SyncPeer => ({ id: `${i}`.repeat(40) as NodeId, stop: () => {} }),
);
const block = Uint8Array.of(1);

test("one peer is asked for twenty blocks at a time, several for a hundred", () => {
  const pool = new BlockPool<SyncPeer>(1n);
  pool.setRange(peers[0]!, 1n, 1000n, 0);
  expect(pool.requests(0).map(({ height }) => height)).toEqual(
    Array.from({ length: MAX_PENDING_PER_PEER }, (_, i) => BigInt(i + 1)),
  );
  for (let i = 1; i < 4; i++) pool.setRange(peers[i]!, 1n, 1000n, 0);
  expect(pool.requests(0).length).toBe(3 * MAX_PENDING_PER_PEER);
  expect(pool.requests(0)).toEqual([]);
});

test("nobody is asked for a block below its base or above its height, nor for the future", () => {
  const pool = new BlockPool<SyncPeer>(10n);
  pool.setRange(peers[0]!, 11n, 15n, 0);
  expect(pool.maxHeight).toBe(0n);
  expect(pool.requests(0)).toEqual([]);
  pool.setRange(peers[1]!, 1n, 12n, 0);
  expect(pool.requests(0).map(({ height }) => height)).toEqual([10n, 11n, 12n]);
});

test("a block counts only from who was asked, once", () => {
  const pool = new BlockPool<SyncPeer>(1n);
  pool.setRange(peers[0]!, 1n, 2n, 0);
  pool.requests(0);
  expect(() => pool.addBlock(peers[1]!, 1n, block, 0)).toThrow("not asked");
  pool.addBlock(peers[0]!, 1n, block, 0);
  expect(() => pool.addBlock(peers[0]!, 1n, block, 0)).toThrow("not asked");
});

test("who owes a block and is silent is told", () => {
  const pool = new BlockPool<SyncPeer>(1n);
  pool.setRange(peers[0]!, 1n, 5n, 0);
  expect(pool.late(PEER_TIMEOUT_MS * 2)).toEqual([]);
  pool.requests(0);
  expect(pool.late(PEER_TIMEOUT_MS)).toEqual([]);
  expect(pool.late(PEER_TIMEOUT_MS + 1)).toEqual([peers[0]]);
});

test("a block that everything waits for is asked of one more peer after a while, and counts once", () => {
  const pool = new BlockPool<SyncPeer>(1n);
  pool.setRange(peers[0]!, 1n, 5n, 0);
  pool.requests(0);
  pool.setRange(peers[1]!, 1n, 5n, 0);
  expect(pool.requests(ASK_ANOTHER_AFTER_MS)).toEqual([]);
  expect(pool.requests(ASK_ANOTHER_AFTER_MS + 1)).toEqual([
    { peer: peers[1], height: 1n },
    { peer: peers[1], height: 2n },
  ]);
  pool.addBlock(peers[1]!, 1n, block, 0);
  pool.addBlock(peers[1]!, 2n, block, 0);
  pool.advance();
  pool.addBlock(peers[0]!, 1n, block, 0);
  expect(pool.next).toBe(2n);
  expect(() => pool.addBlock(peers[0]!, 1n, block, 0)).toThrow("not asked");
});

test("who sends some blocks but not the one that is waited for is told", () => {
  const pool = new BlockPool<SyncPeer>(1n);
  pool.setRange(peers[0]!, 1n, 5n, 0);
  pool.requests(0);
  for (let height = 5n; height > 1n; height--) {
    pool.addBlock(peers[0]!, height, block, Number(6n - height) * 7000);
    expect(pool.late(Number(6n - height) * 7000)).toEqual([]);
  }
  expect(pool.late(REQUEST_TIMEOUT_MS)).toEqual([]);
  expect(pool.late(REQUEST_TIMEOUT_MS + 1)).toEqual([peers[0]]);
});

test("who does not have what it said it had does not keep us from being caught up", () => {
  const pool = new BlockPool<SyncPeer>(10n);
  pool.setRange(peers[0]!, 1n, 10n, 0);
  pool.setRange(peers[1]!, 1n, 15n, 0);
  pool.requests(0);
  expect([pool.maxHeight, pool.isCaughtUp]).toEqual([15n, false]);
  pool.requests(ASK_ANOTHER_AFTER_MS + 1);
  pool.noBlock(peers[1]!, 10n);
  expect([pool.maxHeight, pool.isCaughtUp]).toEqual([10n, true]);
  pool.setRange(peers[1]!, 1n, 16n, 0);
  expect(pool.isCaughtUp).toBe(true);
});

test.each([
  ["a range that is none", 2n, 1n],
  ["a height that goes down", 5n, 9n],
  ["an older oldest block", 4n, 10n],
])("%s keeps a peer away for a minute", (_, base, height) => {
  const pool = new BlockPool<SyncPeer>(1n);
  pool.setRange(peers[0]!, 5n, 10n, 0);
  expect(() => pool.setRange(peers[0]!, base, height, 0)).toThrow(
    expect.objectContaining({ kind: "misbehaviour", banMs: 60_000 }),
  );
});

test("whatever peers do, each block is taken once and in order, and what waits is bounded", () => {
  const step = fc.tuple(fc.constantFrom("range", "answer", "go", "none", "wrong"), fc.nat(3), fc.nat(60));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const pool = new BlockPool<SyncPeer>(1n);
      const open: { peer: SyncPeer; height: bigint }[] = [];
      const heights = new Map<string, bigint>();
      for (const [what, who, n] of steps) {
        const peer = peers[who]!;
        if (what === "range") {
          const height = (heights.get(peer.id) ?? 0n) + BigInt(n);
          if (height === 0n) continue;
          heights.set(peer.id, height);
          pool.setRange(peer, 1n, height, 0);
        } else if (what === "answer") {
          const [request] = open.splice(n % Math.max(1, open.length), 1);
          if (request !== undefined) pool.addBlock(request.peer, request.height, block, 0);
        } else if (what === "wrong") {
          pool.reject();
        } else if (what === "go" || n > 30) {
          pool.removePeer(peer.id);
          heights.delete(peer.id);
          for (let i = open.length - 1; i >= 0; i--) if (open[i]!.peer === peer) open.splice(i, 1);
        }
        open.push(...pool.requests(0));
        expect(new Set(open.map(({ height }) => height)).size).toBe(open.length);
        for (const { height } of open) {
          expect(height >= pool.next && height < pool.next + MAX_AHEAD + 1n).toBe(true);
        }
        if (pool.pair() !== null && n % 2 === 0) pool.advance();
      }
    }),
    { numRuns: 200 },
  );
});
