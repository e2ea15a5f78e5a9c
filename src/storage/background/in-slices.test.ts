import { expect, it } from "vitest";
import { FakeClock } from "../../../test/fake-clock.ts";
import { inSlices } from "./in-slices.ts";

const timing = { workMs: 3, pauseMs: 9 };
const never = new AbortController().signal;

/** Steps of one millisecond each. */
function* steps(clock: FakeClock, count: number, log: string[] = []): Generator<void, string> {
  try {
    for (let i = 0; i < count; i++) {
      clock.advance(1);
      log.push(`step ${i} at ${clock.now()}`);
      yield;
    }
    return "done";
  } finally {
    log.push("closed");
  }
}

it("pauses after each slice and gives the result", async () => {
  const clock = new FakeClock(0);
  const log: string[] = [];
  const result = inSlices(steps(clock, 5, log), timing, clock, never);
  expect(log).toEqual(["step 0 at 1", "step 1 at 2", "step 2 at 3"]);
  clock.advance(8);
  expect(log).toHaveLength(3);
  clock.advance(1);
  expect(await result).toBe("done");
  expect(log.slice(3)).toEqual(["step 3 at 13", "step 4 at 14", "closed"]);
  expect(clock.pending).toBe(0);
});

it("is ended by its signal: before, between and inside slices", async () => {
  const clock = new FakeClock(0);
  const reason = new Error("stopping");
  const before = inSlices(steps(clock, 5), timing, clock, AbortSignal.abort(reason));
  await expect(before).rejects.toBe(reason);

  const log: string[] = [];
  const between = new AbortController();
  const paused = inSlices(steps(clock, 5, log), timing, clock, between.signal);
  between.abort(reason);
  await expect(paused).rejects.toBe(reason);
  expect(log.at(-1)).toBe("closed");
  expect(clock.pending).toBe(0);

  const inside = new AbortController();
  let closed = false;
  function* aborting() {
    try {
      inside.abort(reason);
      yield;
    } finally {
      closed = true;
    }
  }
  await expect(inSlices(aborting(), timing, clock, inside.signal)).rejects.toBe(reason);
  expect(closed).toBe(true);
});

it("fails with what the work throws, in a step and while it is closed", async () => {
  const clock = new FakeClock(0);
  // biome-ignore lint/correctness/useYield: fails before it could
  function* failing(): Generator<void, void> {
    throw new Error("in a step");
  }
  await expect(inSlices(failing(), timing, clock, never)).rejects.toThrow("in a step");

  const controller = new AbortController();
  function* failingToClose(): Generator<void, void> {
    try {
      clock.advance(5);
      yield;
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: what is tested
      throw new Error("while closing");
    }
  }
  const running = inSlices(failingToClose(), timing, clock, controller.signal);
  controller.abort();
  await expect(running).rejects.toThrow("while closing");
});
