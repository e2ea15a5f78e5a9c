import { describe, expect, test } from "vitest";
import { ROLE_BACKUP_WORKER, ROLE_WORKER } from "../../types/scheduler.ts";
import {
  isBackupWorker,
  isMember,
  isWorker,
  schedulerIndex,
  schedulerRank,
  workerCount,
} from "./committee.ts";

const key = (n: number) => new Uint8Array(32).fill(n);
const committee = {
  members: [
    ...[1, 2, 3].map((n) => ({ role: ROLE_WORKER, public_key: key(n) })),
    ...[3, 4].map((n) => ({ role: ROLE_BACKUP_WORKER, public_key: key(n) })),
  ],
};

describe("order of schedulers", () => {
  // consensus-b.md 3.7, three workers.
  test.each([
    [0n, [0, 1, 2]],
    [1n, [2, 0, 1]],
    [2n, [1, 2, 0]],
    [3n, [0, 1, 2]],
  ])("round %s", (round, workers) => {
    expect([0n, 1n, 2n].map((rank) => schedulerIndex(committee, round, rank))).toEqual(workers);
    expect(workers.map((index) => schedulerRank(committee, round, key(index + 1)))).toEqual([0n, 1n, 2n]);
  });

  test("the last rounds there are wrap around", () => {
    const last = (1n << 64n) - 1n;
    // 2^64 - 1 is a multiple of 3.
    expect([0, 1, 2].map((index) => schedulerRank(committee, last, key(index + 1)))).toEqual([0n, 0n, 1n]);
  });

  test("nobody but workers has a rank", () => {
    expect(schedulerRank(committee, 0n, key(4))).toBeNull();
    expect(schedulerRank(committee, 0n, key(9))).toBeNull();
    expect(schedulerIndex(committee, 0n, 3n)).toBeNull();
    expect(schedulerIndex({ members: null }, 0n, 0n)).toBeNull();
  });
});

test("roles", () => {
  expect(workerCount(committee)).toBe(3);
  const roles = [1, 3, 4, 9].map((n) =>
    [isMember, isWorker, isBackupWorker].map((is) => is(committee, key(n))),
  );
  expect(roles).toEqual([
    [true, true, false],
    [true, true, true],
    [true, false, true],
    [false, false, false],
  ]);
});
