import { describe, expect, test } from "vitest";
import { EscrowAccount, KIND_ENTITY, KIND_NODE_VALIDATOR } from "../../types/staking.ts";
import { addClaim, checkClaims, removeClaim } from "./stake-claims.ts";

const thresholds = new Map([
  [KIND_ENTITY, 10n],
  [KIND_NODE_VALIDATOR, 20n],
]);
const global = (kind: number) => ({ global: kind, const: null });

function escrowOf(balance: bigint): EscrowAccount {
  const escrow = EscrowAccount.zero();
  escrow.active.balance = balance;
  return escrow;
}

describe("stake claims", () => {
  test("add up, and a replaced claim counts once", () => {
    const escrow = escrowOf(35n);
    addClaim(escrow, thresholds, "entity", [global(KIND_ENTITY)]);
    addClaim(escrow, thresholds, "node", [global(KIND_NODE_VALIDATOR), { global: null, const: 5n }]);
    addClaim(escrow, thresholds, "node", [global(KIND_NODE_VALIDATOR), { global: null, const: 5n }]);
    expect(() => checkClaims(escrow, thresholds)).not.toThrow();
    escrow.active.balance = 34n;
    expect(() => checkClaims(escrow, thresholds)).toThrow("staking: insufficient stake");
  });

  test("a claim that is not covered changes nothing", () => {
    const escrow = escrowOf(9n);
    expect(() => addClaim(escrow, thresholds, "entity", [global(KIND_ENTITY)])).toThrow("insufficient stake");
    expect(escrow.stake_accumulator.claims).toBeNull();
  });

  test("a kind without a threshold, and a claim without parts, need nothing", () => {
    const escrow = escrowOf(0n);
    addClaim(escrow, thresholds, "other", [global(7)]);
    addClaim(escrow, null, "nothing", null);
    expect(() => checkClaims(escrow, thresholds)).not.toThrow();
    expect(escrow.stake_accumulator.claims?.get("nothing")).toBeNull();
  });

  test("only claims that exist can be removed", () => {
    const escrow = escrowOf(10n);
    addClaim(escrow, thresholds, "entity", [global(KIND_ENTITY)]);
    removeClaim(escrow, "entity");
    expect(() => removeClaim(escrow, "entity")).toThrow(/does not exist/);
  });
});
