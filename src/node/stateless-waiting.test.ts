import { expect, test } from "vitest";
import { NONE_NEEDED } from "../telemetry/waiting.ts";
import { type StatelessWaitingFigures, statelessWaiting, statelessWarnings } from "./stateless-waiting.ts";

const provider = {
  ...{
    name: "a:1",
    height: 7n,
    answer: "answers",
    atMs: 5,
    isGone: false,
    score: 3,
    wrongAnswers: 0,
    wrong: "",
  },
};
const figures: StatelessWaitingFigures = {
  ...{ startedMs: 1000, latestMs: 2000, isRecent: true, failure: null, runtimes: 0 },
  providers: [provider, { ...provider, name: "b:2" }],
};

const gone = { ...provider, height: 0n, answer: "connection refused", isGone: true };

test("nothing is waited for, and nothing wrong, when the newest block is recent", () => {
  expect(statelessWaiting(figures)).toEqual([]);
  expect(statelessWarnings(figures)).toEqual([]);
});

test.each<[string, Partial<StatelessWaitingFigures>, object]>([
  [
    "a block cannot be verified",
    { failure: "no provider has block 8" },
    { cause: "no provider has block 8", sinceMs: 2000, remedy: expect.stringContaining("trust") },
  ],
  [
    "nobody answers",
    { latestMs: null, providers: [gone, { ...gone, name: "b:2", answer: "no answer within 15 s" }] },
    {
      cause: "a:1: connection refused; b:2: no answer within 15 s",
      sinceMs: 1000,
      remedy: expect.stringContaining("consensus.providers"),
    },
  ],
  [
    "providers stand still",
    {},
    { cause: "the providers have no newer block", remedy: expect.stringContaining("stand still") },
  ],
  ["the first block is on its way", { latestMs: null }, { cause: null, remedy: NONE_NEEDED }],
])("a recent block is waited for: %s", (_, change, expected) => {
  const waiting = statelessWaiting({ ...figures, isRecent: false, ...change });
  expect(waiting).toEqual([expect.objectContaining({ for: "a recent block", ...expected })]);
});

test("says which provider lied, which is silent, and that ParaTimes are not run", () => {
  const liar = { ...provider, wrongAnswers: 2, wrong: "state of height 7: bad proof" };
  const warnings = statelessWarnings({
    ...figures,
    runtimes: 1,
    providers: [liar, { ...gone, name: "b:2" }],
  });
  expect(warnings.map(({ text }) => text)).toEqual([
    "a:1 gave 2 wrong answers, the last: state of height 7: bad proof",
    "b:2 does not answer: connection refused",
    "no ParaTimes are run by a node without consensus.local_storage",
  ]);
});
