import { expect, it } from "vitest";
import { dueCheckpoints, outdatedCheckpoints } from "./plan-checkpoints.ts";

const schedule = { interval: 10n, numKept: 2n, initialVersion: 3n };

it.each<[string, Partial<typeof schedule>, [earliest: bigint, latest: bigint], bigint[], bigint[]]>([
  ["the initial version", {}, [3n, 3n], [], [3n]],
  ["nothing before it", {}, [0n, 2n], [], []],
  ["nothing new", {}, [3n, 12n], [3n], []],
  ["the next one", {}, [3n, 13n], [3n], [13n]],
  ["the newest ones that are kept, newest first", {}, [3n, 57n], [], [53n, 43n]],
  ["those after the last one", { numKept: 9n }, [3n, 57n], [33n, 23n], [53n, 43n]],
  ["only versions that are there", { numKept: 9n }, [40n, 57n], [], [53n, 43n]],
  ["none whose version was dropped", {}, [54n, 57n], [], []],
  ["none when none are kept", { numKept: 0n }, [3n, 57n], [], []],
  ["none without an interval", { interval: 0n }, [3n, 57n], [], []],
])("asks for %s", (_, change, [earliest, latest], existing, due) => {
  expect(dueCheckpoints({ ...schedule, ...change }, { earliest, latest }, existing)).toEqual(due);
});

it.each<[string, bigint[], bigint[]]>([
  ["keeps as many as it should", [13n, 23n], []],
  ["removes the oldest, whatever the order", [33n, 13n, 23n, 33n], [13n]],
  ["keeps the initial version's besides", [33n, 3n, 23n], []],
  ["keeps the initial version's while others go", [3n, 43n, 33n, 23n], [23n]],
])("%s", (_, existing, outdated) => {
  expect(outdatedCheckpoints(schedule, existing)).toEqual(outdated);
});
