import { expect, test } from "vitest";
import { SyncMeter } from "./sync-meter.ts";

test("the rate is that of the last minute, and tells how long it will take", () => {
  let now = 5000;
  const meter = new SyncMeter(() => now);
  expect(meter.rate).toBeNull();
  meter.note(100n, 10_000n);
  expect(meter.rate).toEqual({
    ...{ height: 100n, target: 10_000n, sinceMs: 5000 },
    ...{ blocksPerSecond: 0, secondsLeft: null },
  });
  for (let i = 1; i <= 200; i++) {
    now += 1000;
    // Twice as fast after the first hundred seconds.
    meter.note(100n + BigInt(i <= 100 ? i : 100 + (i - 100) * 2), 10_000n);
  }
  expect(meter.rate).toMatchObject({ height: 400n, blocksPerSecond: 2, secondsLeft: 4800, sinceMs: 5000 });
});

test("nothing is left when the peers' newest block is reached", () => {
  let now = 0;
  const meter = new SyncMeter(() => now);
  meter.note(1n, 3n);
  now = 1000;
  meter.note(3n, 2n);
  expect(meter.rate).toMatchObject({ blocksPerSecond: 2, secondsLeft: 0 });
});
