import { describe, expect, it } from "vitest";
import { toHex } from "../../../codec/bytes.ts";
import { HANDOFFS_DISABLED, Status } from "../../../types/churp.ts";
import { finalizeHandoff, minApplicants, minCommitteeSize } from "./handoff.ts";

const node = (n: number) => new Uint8Array(32).fill(n);
const checksum = new Uint8Array(32);
const applied = (...nodes: number[]) =>
  new Map(nodes.map((n) => [toHex(node(n)), { checksum, reconstructed: false }]));
const confirmed = (...nodes: number[]) =>
  new Map(nodes.map((n) => [toHex(node(n)), { checksum, reconstructed: true }]));
const scheme = Status.make({
  threshold: 1,
  extra_shares: 0,
  handoff_interval: 2n,
  handoff: 5n,
  next_handoff: 7n,
});

describe("applicants needed", () => {
  it.each([
    ["a first committee", { ...scheme }, 3],
    ["the same committee", { ...scheme, committee: [node(1), node(2)], applications: applied(1, 2) }, 2],
    ["another committee", { ...scheme, committee: [node(1), node(2)], applications: applied(1, 3) }, 3],
    ["many extra shares", { ...scheme, extra_shares: 5 }, 7],
  ])("%s", (_, status, expected) => {
    expect(minApplicants(status)).toBe(expected);
  });

  it("a committee needs threshold and extra shares", () => {
    expect(minCommitteeSize({ ...scheme, threshold: 3, extra_shares: 2 })).toBe(6);
  });
});

describe("finalizing a handoff", () => {
  it("waits for everybody during the epoch of the handoff", () => {
    const applications = new Map([...confirmed(2, 1), ...applied(3)]);
    expect(finalizeHandoff({ ...scheme, applications }, false)).toBeNull();
    expect(finalizeHandoff({ ...scheme, applications }, true)?.committee).toEqual([node(1), node(2)]);
  });

  it("needs enough confirmations", () => {
    expect(finalizeHandoff({ ...scheme, applications: confirmed(1) }, true)).toBeNull();
  });

  it.each([
    ["by confirmation", 2n, false, 9n],
    ["by epoch change", 2n, true, 9n],
    ["interval 1 by confirmation", 1n, false, 8n],
    ["interval 1 by epoch change gives one epoch more", 1n, true, 9n],
  ])("%s", (_, interval, epochChange, next) => {
    const status = { ...scheme, handoff_interval: interval, applications: confirmed(1, 2) };
    expect(finalizeHandoff(status, epochChange)).toMatchObject({ handoff: 7n, next_handoff: next });
  });

  it("ends handoffs when the epoch overflows", () => {
    const status = { ...scheme, handoff_interval: HANDOFFS_DISABLED - 5n, applications: confirmed(1, 2) };
    expect(finalizeHandoff(status, true)).toMatchObject({
      next_handoff: HANDOFFS_DISABLED,
      handoff_interval: 0n,
    });
  });
});
