import { expect, it } from "vitest";
import { measuredSteps } from "./measured-steps.ts";

/** Limits of the steps when one thing takes `costMs`, a step `fixedMs` besides, and there are `count` things. */
function limitsOf(costMs: (done: number) => number, fixedMs: number, count: number): number[] {
  let now = 0;
  let done = 0;
  const limits: number[] = [];
  const step = (limit: number): boolean => {
    limits.push(limit);
    now += fixedMs;
    for (let i = 0; i < limit && done < count; i++) now += costMs(done++);
    return done < count;
  };
  for (const _ of measuredSteps(step, 3, () => now));
  expect(done).toBe(count);
  return limits;
}

it.each<[string, (done: number) => number, number, number, number[]]>([
  ["nothing to do", () => 1, 0, 0, [1]],
  ["cheap things grow to the most there is", () => 0.001, 0, 200, [1, 4, 6, 9, 14, 21, 32, 48, 64, 64]],
  ["things of a good size stay", () => 0.6, 0, 12, [1, 4, 4, 4]],
  ["things that become heavier", (done) => (done < 20 ? 0.1 : 0.7), 0, 45, [1, 4, 6, 9, 14, 7, 3, 5]],
  ["things after slow transactions", () => 0.3, 8, 99, [1, 4, 6, 9, 14, 21, 21, 21, 21]],
])("%s", (_, costMs, fixedMs, count, limits) => {
  expect(limitsOf(costMs, fixedMs, count)).toEqual(limits);
});

it("measures again whether the disk has become slower or faster", () => {
  let now = 0;
  let left = 300;
  const limits: number[] = [];
  const step = (limit: number) => {
    limits.push(limit);
    now += limits.length < 120 ? 1 : 10;
    return --left > 0;
  };
  for (const _ of measuredSteps(step, 3, () => now));
  expect([0, 50, 100, 150].map((i) => limits[i])).toEqual([1, 1, 1, 1]);
  expect(limits[119]).toBe(64);
  expect(limits[149]).toBe(1);
  expect(limits[199]).toBe(64);
});
