import { describe, expect, test } from "vitest";
import { Overlay } from "../storage/overlay.ts";
import { emptyTree } from "../storage/tree.ts";
import { EPOCH_INVALID } from "../types/common.ts";
import { setEpoch, setFutureEpoch } from "./beacon/state.ts";
import { currentEpoch, epochAt, epochChanged } from "./epoch.ts";

const INITIAL = 5n;

function stateWith(epoch: bigint, future?: { epoch: bigint; height: bigint }): Overlay {
  const state = new Overlay(emptyTree);
  setEpoch(state, epoch, 1n);
  if (future !== undefined) {
    setFutureEpoch(state, future.epoch, future.height);
  }
  return state;
}

// consensus-a.md 0.9 and 1.4. `lastVersion` is the last committed height.
describe("epoch predicates", () => {
  test("before the first commit there is no epoch, though the state has one", () => {
    const facts = { initialHeight: INITIAL, lastVersion: INITIAL - 1n, committed: null };
    const state = stateWith(3n);
    expect(currentEpoch(facts, state)).toBe(EPOCH_INVALID);
    expect(epochChanged(facts, state)).toEqual({ changed: false, epoch: EPOCH_INVALID });
    expect(epochAt(state)).toBe(3n);
  });

  test("in the second block the epoch has not changed by definition", () => {
    const facts = { initialHeight: INITIAL, lastVersion: INITIAL, committed: stateWith(0n) };
    expect(epochChanged(facts, stateWith(1n))).toEqual({ changed: false, epoch: 1n });
  });

  test.each([
    ["stays", 7n, 7n, false],
    ["changes", 7n, 8n, true],
    ["changes back", 7n, 6n, true],
  ])("later it %s with the state", (_, before, now, changed) => {
    const facts = { initialHeight: INITIAL, lastVersion: 20n, committed: stateWith(before) };
    expect(epochChanged(facts, stateWith(now))).toEqual({ changed, epoch: now });
  });

  test.each([
    ["this height counts already", 21n, 8n],
    ["a later height does not", 22n, 7n],
  ])("an epoch scheduled for %s", (_, height, expected) => {
    const facts = { initialHeight: INITIAL, lastVersion: 20n, committed: stateWith(7n) };
    expect(currentEpoch(facts, stateWith(7n, { epoch: 8n, height }))).toBe(expected);
  });

  test("a state without an epoch is in epoch 0", () => {
    expect(epochAt(new Overlay(emptyTree))).toBe(0n);
  });
});
