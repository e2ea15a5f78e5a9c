import { expect, test } from "vitest";
import { FakeClock } from "../../../../test/fake-clock.ts";
import { settled } from "../../../../test/p2p/duplex-pair.ts";
import { parsePeerAddress } from "../peer-address.ts";
import { Redialer, redialPauseMs } from "./redialer.ts";

const address = parsePeerAddress(`${"ab".repeat(20)}@127.0.0.1:1`)!;

test("pauses are five seconds, then grow threefold", () => {
  expect([0, 1, 19, 20, 21, 22, 29, 30, 100].map((attempt) => redialPauseMs(attempt, 0))).toEqual([
    ...[0, 5000, 5000, 3000, 9000, 27_000, 59_049_000, 59_049_000, 59_049_000],
  ]);
  expect(redialPauseMs(29, 60_000)).toBe(60_000);
});

test("a peer is dialed until it is connected, each time after pause and jitter", async () => {
  const clock = new FakeClock();
  const dialedAt: number[] = [];
  const start = clock.now();
  const redialer = new Redialer(0, {
    clock,
    random: { bytes: (n) => new Uint8Array(n), fraction: () => 0.5 },
    dial: async () => {
      dialedAt.push(clock.now() - start);
      return dialedAt.length === 3;
    },
    isConnected: () => dialedAt.length === 3,
  });
  redialer.start(address);
  redialer.start(address);
  for (let i = 0; i < 60; i++) {
    clock.advance(500);
    await settled(1);
  }
  expect(dialedAt).toEqual([1500, 8000, 14_500]);
  expect(clock.pending).toBe(0);
  redialer.start(address);
  expect(clock.pending).toBe(1);
  redialer.stop();
  redialer.start(address);
  expect(clock.pending).toBe(0);
});

test("a peer that left right after it was connected is dialed at once, not after a pause", async () => {
  const clock = new FakeClock();
  let dials = 0;
  const redialer = new Redialer(0, {
    clock,
    random: { bytes: (n) => new Uint8Array(n), fraction: () => 0 },
    dial: async () => ++dials > 0,
    isConnected: () => dials === 2,
  });
  redialer.start(address);
  for (let i = 0; i < 3; i++) {
    clock.advance(0);
    await settled(1);
  }
  expect(dials).toBe(2);
  expect(clock.pending).toBe(0);
});
