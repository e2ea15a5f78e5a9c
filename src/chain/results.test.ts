import { expect, test } from "vitest";
import { toHex } from "../codec/bytes.ts";
import type { TxResult } from "./application.ts";
import { decodeResults, encodeResults, resultLeaf, resultsHash } from "./results.ts";

const plain: TxResult = {
  code: 0,
  data: new Uint8Array(),
  log: "",
  info: "",
  gas_wanted: 0n,
  gas_used: 0n,
  events: [],
  codespace: "",
};
const system: TxResult = { ...plain, data: new Uint8Array([0xf6]) };
const accepted: TxResult = {
  ...plain,
  gas_wanted: 1000n,
  gas_used: 500n,
  log: "not hashed",
  events: [{ type: "t", attributes: [{ key: "k", value: "v", index: true }] }],
};
const failed: TxResult = { ...plain, code: 10, gas_wanted: 2000n, gas_used: 300n, codespace: "staking" };

test("known leaves and roots (consensus-a.md 1.5, 1.6)", () => {
  expect(toHex(resultLeaf(system))).toBe("1201f6");
  expect(toHex(resultLeaf({ ...accepted, data: system.data }))).toBe("1201f628e80730f403");
  expect(toHex(resultLeaf(failed))).toBe("080a28d00f30ac02");
  expect(toHex(resultsHash([system]))).toBe(
    "7c84191455a00714c1450b22464fa98c9b0b1b66c9830790d587a0b81778b390",
  );
  expect(toHex(resultsHash([{ ...accepted, data: system.data }, failed, system]))).toBe(
    "9dbea343ede00d3c539ce507e42db3fa07d33dec90010391afbb39bfb6f7caf9",
  );
});

test("results come back as they were stored", () => {
  const results = {
    beginEvents: accepted.events,
    txResults: [accepted, failed, system],
    endEvents: [],
    validatorUpdates: [{ public_key: new Uint8Array(32).fill(7), power: 0n }],
    appVersion: 30_064_771_072n,
  };
  expect(decodeResults(encodeResults(results))).toEqual(results);
});
