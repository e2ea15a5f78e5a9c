import { expect, test } from "vitest";
import { ClockCheck } from "./clock-check.ts";

/** Blocks every second; `offset` says how far our clock is ahead when a block comes. */
function watch(offset: (block: number) => number): number | null {
  const check = new ClockCheck();
  for (let i = 0; i < 12; i++) {
    const decidedMs = 1_000_000 + i * 1000;
    check.note(decidedMs - 1000, decidedMs + offset(i));
  }
  return check.offsetMs;
}

test.each([
  ["right", () => 30, null],
  ["a little behind", () => -500, null],
  ["behind", () => -3000, -3000],
  ["on a slow network", (i: number) => (i % 2 === 0 ? 100 : 4000), null],
  ["ahead", (i: number) => 90_000 + i * 10, 90_060],
  ["of a node that catches up", (i: number) => 90_000 - i * 4000, null],
])("a clock that is %s", (_, offset, expected) => {
  expect(watch(offset)).toBe(expected);
});

test("a few blocks say nothing", () => {
  const check = new ClockCheck();
  check.note(0, 100_000);
  check.note(1000, 101_000);
  expect(check.offsetMs).toBeNull();
});
