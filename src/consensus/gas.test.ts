import { describe, expect, test } from "vitest";
import { CompositeGas, LimitedGas, noGas } from "./gas.ts";

const costs = new Map([
  ["op", 100n],
  ["huge", 1n << 63n],
]);

describe("LimitedGas", () => {
  test("counts up to its limit, and charges nothing that passes it", () => {
    const gas = new LimitedGas(250n);
    gas.use(2, "op", costs);
    expect(() => gas.use(1, "op", costs)).toThrow("out of gas (limit: 250 wanted: 300)");
    expect(gas.used).toBe(200n);
    expect(gas.wanted).toBe(250n);
  });

  test("operations without a cost are free", () => {
    const gas = new LimitedGas(0n);
    gas.use(10, "free", costs);
    gas.use(10, "op", null);
    expect(gas.used).toBe(0n);
  });

  test("the product wraps, only the sum is checked", () => {
    const gas = new LimitedGas((1n << 64n) - 1n);
    gas.use(2, "huge", costs);
    expect(gas.used).toBe(0n);
    gas.use(1, "huge", costs);
    expect(() => gas.use(1, "huge", costs)).toThrow("gas overflow");
    expect(gas.used).toBe(1n << 63n);
  });
});

describe("CompositeGas", () => {
  // consensus-a.md 0.2: the second transaction of a block reports what the block used.
  test("reports the limit of the first part and the largest use", () => {
    const block = new LimitedGas(1000n);
    block.use(7, "op", costs);
    const gas = new CompositeGas(new LimitedGas(500n), block);
    expect([gas.wanted, gas.used]).toEqual([500n, 700n]);
    gas.use(1, "op", costs);
    expect(gas.used).toBe(800n);
  });

  test("leaves earlier parts charged when a later one refuses", () => {
    const transaction = new LimitedGas(500n);
    const gas = new CompositeGas(transaction, new LimitedGas(50n));
    expect(() => gas.use(1, "op", costs)).toThrow(/out of gas/);
    expect(transaction.used).toBe(100n);
  });

  test("without parts reports nothing", () => {
    expect([new CompositeGas().wanted, new CompositeGas().used]).toEqual([0n, 0n]);
  });
});

test("noGas counts nothing", () => {
  noGas.use(5, "op", costs);
  expect([noGas.wanted, noGas.used]).toEqual([0n, 0n]);
});
