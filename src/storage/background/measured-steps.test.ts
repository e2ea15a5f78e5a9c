import { expect, it } from "vitest";
import { measuredSteps } from "./measured-steps.ts";

/** Limits of the steps when one thing takes `costMs`, and there are `count` things. */
function limitsOf(costMs: (done: number) => number, count: number): number[] {
  let now = 0;
  let done = 0;
  const limits: number[] = [];
  const step = (limit: number): boolean => {
    limits.push(limit);
    for (let i = 0; i < limit && done < count; i++) now += costMs(done++);
    return done < count;
  };
  for (const _ of measuredSteps(step, 3, () => now));
  expect(done).toBe(count);
  return limits;
}

it.each<[string, (done: number) => number, number, number[]]>([
  ["nothing to do", () => 1, 0, [4]],
  ["cheap things grow to the most there is", () => 0.001, 250, [4, 8, 16, 32, 64, 64, 64]],
  ["things of a good size stay", () => 0.5, 12, [4, 4, 4]],
  ["heavy things go one by one", () => 10, 9, [4, 2, 1, 1, 1]],
  ["things that become heavy", (done) => (done < 28 ? 0.1 : 1), 55, [4, 8, 16, 16, 8, 4]],
])("%s", (_, costMs, count, limits) => {
  expect(limitsOf(costMs, count)).toEqual(limits);
});
