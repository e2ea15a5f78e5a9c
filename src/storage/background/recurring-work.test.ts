import { expect, it } from "vitest";
import { FakeClock } from "../../../test/fake-clock.ts";
import { inSlices } from "./in-slices.ts";
import { RecurringWork } from "./recurring-work.ts";

const SLICES = { workMs: 3, pauseMs: 9 };

function recurring(begin: () => Iterator<unknown, void>) {
  const clock = new FakeClock(0);
  const errors: unknown[] = [];
  const work = new RecurringWork(
    { name: "test", intervalMs: 1000 },
    {
      run: (signal) => inSlices(begin(), SLICES, clock, signal),
      wallClock: clock.now,
      clock,
      logger: { error: (fields: unknown) => errors.push(fields) } as never,
    },
  );
  return { clock, work, errors };
}

it("runs after each interval, and tries again after a failure", async () => {
  let runs = 0;
  const { clock, work, errors } = recurring(() => {
    runs++;
    if (runs === 2) throw new Error("disk full");
    return [][Symbol.iterator]();
  });
  work.start();
  expect(runs).toBe(0);
  for (const [expected, failure] of [
    [1, null],
    [2, "disk full"],
    [3, null],
  ] as const) {
    clock.advance(1000);
    await clock.scheduled(1000);
    expect([runs, work.failure?.text ?? null]).toEqual([expected, failure]);
  }
  expect(errors).toHaveLength(1);
  await work.stop();
  expect(clock.pending).toBe(0);
});

it("stops in the middle of a run and leaves nothing behind", async () => {
  let closed = false;
  const { clock, work, errors } = recurring(function* () {
    try {
      for (;;) {
        clock.advance(2);
        yield;
      }
    } finally {
      closed = true;
    }
  });
  work.start();
  clock.advance(1000);
  expect(clock.pending).toBe(1);
  await work.stop();
  expect([closed, clock.pending, errors.length]).toEqual([true, 0, 0]);
});
