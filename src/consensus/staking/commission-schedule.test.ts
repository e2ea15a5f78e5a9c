import { describe, expect, test } from "vitest";
import type { CommissionSchedule } from "../../types/staking.ts";
import { amendSchedule, currentRate, pruneAndCheckSchedule } from "./commission-schedule.ts";

const rules = {
  rate_change_interval: 10n,
  rate_bound_lead: 30n,
  max_rate_steps: 4,
  max_bound_steps: 12,
  min_commission_rate: 0n,
};
const rates = (...steps: [bigint, bigint][]) => steps.map(([start, rate]) => ({ start, rate }));
const bounds = (...steps: [bigint, bigint, bigint][]) =>
  steps.map(([start, rate_min, rate_max]) => ({ start, rate_min, rate_max }));
const none: CommissionSchedule = { rates: null, bounds: null };
const present: CommissionSchedule = { rates: rates([10n, 50_000n]), bounds: bounds([10n, 0n, 100_000n]) };

describe("amending a schedule", () => {
  test("the first amendment needs no lead for its bounds", () => {
    const amendment = { rates: rates([20n, 50_000n]), bounds: bounds([20n, 0n, 100_000n]) };
    expect(amendSchedule(none, amendment, rules, 15n)).toEqual(amendment);
  });

  test("later steps replace what is planned from their start on, and the past is pruned", () => {
    const planned = {
      rates: rates([10n, 1n], [20n, 2n], [30n, 3n], [40n, 4n]),
      bounds: bounds([10n, 0n, 100_000n]),
    };
    expect(amendSchedule(planned, { rates: rates([30n, 7n]), bounds: null }, rules, 25n).rates).toEqual(
      rates([20n, 2n], [30n, 7n]),
    );
  });

  test.each<[string, CommissionSchedule, CommissionSchedule, bigint]>([
    ["rates that begin now", present, { rates: rates([20n, 1n]), bounds: null }, 20n],
    ["bounds within the lead time", present, { rates: null, bounds: bounds([40n, 0n, 1n]) }, 15n],
    ["a start off the interval", present, { rates: rates([25n, 1n]), bounds: null }, 15n],
    ["starts that do not increase", present, { rates: rates([30n, 1n], [30n, 2n]), bounds: null }, 15n],
    ["a rate over unity", present, { rates: rates([20n, 100_001n]), bounds: null }, 15n],
    ["bounds that cross", none, { rates: rates([20n, 5n]), bounds: bounds([20n, 6n, 4n]) }, 15n],
    ["a rate outside the bounds", none, { rates: rates([20n, 5n]), bounds: bounds([20n, 6n, 9n]) }, 15n],
    ["rates without bounds", none, { rates: rates([20n, 5n]), bounds: null }, 15n],
    ["bounds without rates", none, { rates: null, bounds: bounds([20n, 0n, 9n]) }, 15n],
    [
      "different first starts in the future",
      none,
      { rates: rates([20n, 5n]), bounds: bounds([30n, 0n, 9n]) },
      15n,
    ],
    [
      "too many steps",
      none,
      { rates: rates([20n, 1n], [30n, 1n], [40n, 1n], [50n, 1n], [60n, 1n]), bounds: bounds([20n, 0n, 9n]) },
      15n,
    ],
    [
      "too many steps together with the present ones",
      present,
      { rates: rates([20n, 1n], [30n, 1n], [40n, 1n], [50n, 1n]), bounds: null },
      15n,
    ],
  ])("%s is refused", (_, schedule, amendment, now) => {
    expect(() => amendSchedule(schedule, amendment, rules, now)).toThrow();
  });

  test("a rate must fit the bounds at every change of either", () => {
    const wide = bounds([20n, 0n, 100_000n], [60n, 40_000n, 60_000n]);
    const tooLow = { rates: rates([20n, 10_000n]), bounds: wide };
    expect(() => amendSchedule(none, tooLow, rules, 15n)).toThrow(/outside the bounds/);
    const raised = { rates: rates([20n, 10_000n], [60n, 50_000n]), bounds: wide };
    expect(amendSchedule(none, raised, rules, 15n)).toEqual(raised);
    const tooLate = { rates: rates([20n, 10_000n], [70n, 50_000n]), bounds: wide };
    expect(() => amendSchedule(none, tooLate, rules, 15n)).toThrow(/outside the bounds/);
  });

  test("rates and bounds below the network's minimum are refused", () => {
    const minimum = { ...rules, min_commission_rate: 1000n };
    const low = { rates: rates([20n, 999n]), bounds: bounds([20n, 1000n, 2000n]) };
    expect(() => amendSchedule(none, low, minimum, 15n)).toThrow();
    const lowBound = { rates: rates([20n, 1000n]), bounds: bounds([20n, 999n, 2000n]) };
    expect(() => amendSchedule(none, lowBound, minimum, 15n)).toThrow();
  });

  test("an interval of 0 stops the block, as it does on the network", () => {
    const broken = { ...rules, rate_change_interval: 0n };
    expect(() => amendSchedule(none, { rates: rates([20n, 1n]), bounds: null }, broken, 15n)).toThrow(
      RangeError,
    );
  });
});

describe("a schedule in force", () => {
  test("steps that began at different times are fine once both have begun", () => {
    const old = { rates: rates([10n, 5n]), bounds: bounds([20n, 0n, 9n]) };
    expect(pruneAndCheckSchedule(old, rules, 20n)).toEqual(old);
    expect(() => pruneAndCheckSchedule(old, rules, 19n)).toThrow();
  });

  test.each([
    [9n, null],
    [10n, 1n],
    [19n, 1n],
    [20n, 2n],
    [1000n, 2n],
  ])("rate at epoch %i", (epoch, expected) => {
    expect(currentRate({ rates: rates([10n, 1n], [20n, 2n]), bounds: null }, epoch)).toBe(expected);
  });

  test("no schedule, no rate", () => {
    expect(currentRate(none, 10n)).toBeNull();
    expect(pruneAndCheckSchedule(none, rules, 10n)).toEqual({ rates: [], bounds: [] });
  });
});
