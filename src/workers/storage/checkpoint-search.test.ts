import { expect, test } from "vitest";
import { FakeClock } from "../../../test/fake-clock.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import type { AnnotatedBlock } from "../../types/roothash-block.ts";
import { CheckpointSearch } from "./checkpoint-search.ts";
import { isFarBehind } from "./sync-distance.ts";

const block = { consensus_height: 1n } as AnnotatedBlock;
const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
};

function searchWith(attempt: (number: number) => Promise<AnnotatedBlock>) {
  const clock = new FakeClock();
  const ends: (AnnotatedBlock | null)[] = [];
  let attempts = 0;
  const search = new CheckpointSearch({
    attempt: () => attempt(++attempts),
    timers: clock,
    logger: silentLogging.logger("test"),
    onFailure: () => {},
    onEnd: (found) => ends.push(found),
  });
  return { search, clock, ends, count: () => attempts };
}

test("is given up after so many attempts", async () => {
  const { search, clock, ends, count } = searchWith(() => Promise.reject(new Error("nobody has one")));
  search.begin(2);
  search.begin(2);
  await settled();
  expect(search.isRunning).toBe(true);
  expect(search.problem).toBe("nobody has one");
  clock.advance(10_000);
  await settled();
  expect(ends).toEqual([null]);
  expect(count()).toBe(2);
  expect(search).toMatchObject({ isRunning: false, problem: null });
});

test("goes on until there is one where it must", async () => {
  const { search, clock, ends } = searchWith(async (number) => {
    if (number < 5) throw new Error("not yet");
    return block;
  });
  search.begin(null);
  for (let i = 0; i < 5; i++) {
    await settled();
    clock.advance(10_000);
  }
  await settled();
  expect(ends).toEqual([block]);
});

test("ends with the node, without a word", async () => {
  const { search, clock, ends, count } = searchWith(() => Promise.reject(new Error("none")));
  search.begin(null);
  await settled();
  search.stop();
  clock.advance(100_000);
  await settled();
  expect(ends).toEqual([]);
  expect(count()).toBe(1);
});

test.each([
  [null, 0n, false, true],
  [5n, 20n, false, false],
  [5n, 21n, false, true],
  [5n, 20n, true, true],
  [5n, 15n, true, false],
])("stored up to %s of %s, far behind before: %s", (last, target, before, expected) => {
  expect(isFarBehind(last, target, before)).toBe(expected);
});
