import { describe, expect, test } from "vitest";
import { toHex } from "../../codec/bytes.ts";
import { NodeStatus } from "../../types/registry.ts";
import { isEligibleForElection, isFrozen, isSuspended, recordFailure, recordSuccess } from "./node-status.ts";

const RUNTIME = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);

function withFailures(failures: number): NodeStatus {
  return { ...NodeStatus.zero(), faults: new Map([[toHex(RUNTIME), { failures, suspended_until: 0n }]]) };
}

describe("failures", () => {
  test.each([
    [0, 1, 12n],
    [1, 2, 14n],
    [5, 6, 74n],
    [6, 7, 74n],
    [254, 255, 74n],
    // The counter wraps, and no failures mean no suspension.
    [255, 0, 0n],
  ])("after %i failures another gives %i, suspended until %i", (before, failures, until) => {
    const status = withFailures(before);
    expect(recordFailure(status, RUNTIME, 10n)).toEqual({ failures, suspended_until: until });
    expect(status.faults!.get(toHex(RUNTIME))).toEqual({ failures, suspended_until: until });
  });

  test("the first one makes the fault", () => {
    const status = NodeStatus.zero();
    recordFailure(status, RUNTIME, 10n);
    expect(status.faults).toEqual(new Map([[toHex(RUNTIME), { failures: 1, suspended_until: 12n }]]));
  });

  test("success forgives one, and the last one removes the fault", () => {
    const status = withFailures(2);
    recordSuccess(status, RUNTIME, 20n);
    expect(status.faults!.get(toHex(RUNTIME))).toEqual({ failures: 1, suspended_until: 22n });
    recordSuccess(status, RUNTIME, 21n);
    expect(status.faults).toBeNull();
    recordSuccess(status, RUNTIME, 22n);
    expect(status.faults).toBeNull();
  });
});

test("suspension ends with its epoch and is for one ParaTime", () => {
  const status = NodeStatus.zero();
  recordFailure(status, RUNTIME, 10n);
  expect(isSuspended(status, RUNTIME, 11n)).toBe(true);
  expect(isSuspended(status, RUNTIME, 12n)).toBe(false);
  expect(isSuspended(status, OTHER, 11n)).toBe(false);
});

test("a frozen node is suspended everywhere", () => {
  const status = { ...NodeStatus.zero(), freeze_end_time: 5n };
  expect(isFrozen(status)).toBe(true);
  expect(isSuspended(status, OTHER, 99n)).toBe(true);
});

test("eligibility begins after the epoch", () => {
  const status = { ...NodeStatus.zero(), election_eligible_after: 7n };
  expect([6n, 7n, 8n].map((epoch) => isEligibleForElection(status, epoch))).toEqual([false, false, true]);
});
