import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Status } from "../../types/api-control.ts";
import { CommitteeStatus, RuntimeStatus } from "../../types/api-runtime-status.ts";
import { type LocalnetNode, localnetNodes } from "./localnet-nodes.ts";
import { lastLines, nodeEnd } from "./node-end.ts";
import { missingOf } from "./watch-node.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "qanat-node-end-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

describe("the end of a log", () => {
  test.each([
    ["nothing", "", []],
    ["one line", "only\n", ["only"]],
    ["more than asked for", "1\n2\n3\n4\n", ["3", "4"]],
    ["no line end at the end", "1\n2\n3", ["2", "3"]],
    ["a first line that is longer than what is read", `${"x".repeat(100_000)}\nlast\n`, ["last"]],
  ])("%s", (_, text, expected) => {
    const path = join(dir, "node.log");
    writeFileSync(path, text);
    expect(lastLines(path, 2)).toEqual(expected);
  });

  test("that is not there", () => {
    expect(lastLines(join(dir, "none.log"), 2)).toEqual([]);
  });
});

describe("why a node ended", () => {
  const [node] = localnetNodes({ dir: "/net" }, { validators: 4, compute: 1, ports: {} }) as [LocalnetNode];

  test.each([
    [{ code: 0, signal: null, output: "" }, true, "it was asked to stop"],
    [{ code: null, signal: "SIGKILL", output: "" }, false, "it was killed by SIGKILL"],
    [{ code: 1, signal: null, output: "Error: the chain halted\n" }, false, "the chain halted"],
    [
      { code: 1, signal: null, output: "noise\nInternal error: TypeError: x\n    at y\n" },
      false,
      "Internal error: TypeError: x\n    at y",
    ],
    [{ code: 7, signal: null, output: "" }, false, "it ended with code 7"],
  ] as const)("%o", (end, wasAsked, reason) => {
    expect(nodeEnd(node, end, false)).toEqual({
      ...{ state: "ended", wasAsked, reason, lastLines: [] },
      again: "bin/oasis-node --config /net/validator-1/config.yml",
    });
  });

  test("a node that does not stop in order when it is asked to was asked all the same", () => {
    expect(nodeEnd(node, { code: 1, signal: null, output: "Error: too late" }, true).wasAsked).toBe(true);
  });
});

describe("what a node waits for", () => {
  const at = { since: 0n, remedy: "" };
  const consensus = { ...Status.zero(), consensus: { latest_height: 5n } } as unknown as Status;
  const committee = (rank: bigint) => {
    const paraTime = {
      ...RuntimeStatus.zero(),
      committee: { ...CommitteeStatus.zero(), scheduler_rank: rank },
    };
    return { ...consensus, runtimes: new Map([["80", paraTime]]) } as unknown as Status;
  };

  test.each<[string, LocalnetNode["kind"], Status, string | null]>([
    ["a seed for nothing", "seed", Status.zero(), null],
    ["the first block", "validator", Status.zero(), "the first block"],
    ["nothing, with blocks", "validator", consensus, null],
    [
      "peers, before the first block",
      "validator",
      { ...Status.zero(), waiting: [{ subject: "consensus", for: "peers", ...at }] },
      "peers",
    ],
    [
      "not for its registration",
      "validator",
      { ...consensus, waiting: [{ subject: "registration", for: "an epoch", ...at }] },
      null,
    ],
    ["its election", "first", committee(0xffff_ffff_ffff_ffffn), "the ParaTime to be elected"],
    ["nothing, elected", "first", committee(0n), null],
  ])("%s", (_, kind, status, expected) => {
    expect(missingOf({ kind }, status)).toBe(expected);
  });
});
