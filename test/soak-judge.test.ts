import { expect, test } from "vitest";
import { judgeGrowth } from "../bench/soak/judge.ts";
import type { Sample } from "../bench/soak/sample.ts";

const MINUTES = 60;
const MIB = 2 ** 20;

/** A process looked at six times a minute, in every way the same but for what `at` says of a minute of its life. */
function life(at: (minute: number) => Partial<Sample>, born = 0): Sample[] {
  return Array.from({ length: (MINUTES - born) * 6 }, (_, index): Sample => {
    const minute = index / 6;
    return {
      ...{ seconds: (born + minute) * 60, name: "node", pid: 1 },
      ...{ rssAnon: 100 * MIB, rssFile: 60 * MIB, openFiles: 40, threads: 11, cpuSeconds: minute },
      ...{ heapUsed: 50 * MIB, heapTotal: 60 * MIB, external: 0, liveHeap: 45 * MIB },
      ...{ databaseUsed: null, databaseFile: null, height: null, peers: null },
      ...at(minute),
    };
  });
}

test.each<{ what: string; at: (minute: number) => Partial<Sample>; grown: string[] }>([
  { what: "a steady process", at: () => ({}), grown: [] },
  {
    what: "garbage that comes and goes",
    at: (minute) => ({ rssAnon: (100 + (minute % 5) * 4) * MIB, openFiles: 40 + (Math.floor(minute) % 3) }),
    grown: [],
  },
  {
    what: "caches that fill in the first quarter",
    at: (minute) => ({
      rssAnon: (100 + Math.min(minute, 15) * 3) * MIB,
      liveHeap: (45 + Math.min(minute, 15) * 2) * MIB,
    }),
    grown: [],
  },
  {
    what: "memory outside of the heap",
    at: (minute) => ({ rssAnon: (100 + minute / 2) * MIB }),
    grown: ["rssAnon"],
  },
  {
    what: "objects that are kept",
    at: (minute) => ({ liveHeap: (45 + minute / 4) * MIB }),
    grown: ["liveHeap"],
  },
  {
    what: "a file that is left open in every ninth minute",
    at: (minute) => ({ openFiles: 40 + Math.floor(minute / 9) }),
    grown: ["openFiles"],
  },
  {
    what: "a thread in every ninth minute",
    at: (minute) => ({ threads: 11 + Math.floor(minute / 9) }),
    grown: ["threads"],
  },
])("$what: grown is $grown", ({ at, grown }) => {
  const judged = judgeGrowth(life(at), MINUTES * 60);
  expect(judged.map(({ measure }) => measure)).toEqual(["rssAnon", "liveHeap", "openFiles", "threads"]);
  expect(judged.filter(({ isTooMuch }) => isTooMuch).map(({ measure }) => measure)).toEqual(grown);
});

test("processes that lived for less than half of the time are not judged", () => {
  expect(
    judgeGrowth(
      life((minute) => ({ openFiles: minute }), 31),
      MINUTES * 60,
    ),
  ).toEqual([]);
});

test("a process whose heap was never collected is judged by the rest", () => {
  const judged = judgeGrowth(
    life(() => ({ liveHeap: null })),
    MINUTES * 60,
  );
  expect(judged.map(({ measure }) => measure)).toEqual(["rssAnon", "openFiles", "threads"]);
});
