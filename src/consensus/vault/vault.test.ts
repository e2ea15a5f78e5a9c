import { describe, expect, it } from "vitest";
import { formatAddress } from "../../codec/address.ts";
import { fromHex } from "../../codec/bytes.ts";
import { COMMON_POOL_ADDRESS, stakingAddress } from "../../types/account-address.ts";
import { isReached, isValidAuthority } from "./authority.ts";
import { vaultAddress } from "./vault-address.ts";
import { countWithdrawal } from "./withdraw-hook.ts";

const account = (n: number) => new Uint8Array(21).fill(n);

describe("vault address", () => {
  const testEntity = fromHex("4ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35");
  it.each([
    ["common pool, 3", COMMON_POOL_ADDRESS, 3n, "oasis1qqa7whjnh3geh9lxlyx5gnn44s2yqes7tcz3u3lt"],
    ["test entity, 0", stakingAddress(testEntity), 0n, "oasis1qp3rxwejgk9r0vq4dzggwgjkd2ateucqmsnwfq83"],
  ])("%s", (_, creator, id, text) => {
    expect(formatAddress(vaultAddress({ creator, id }))).toBe(text);
  });
});

describe("authority", () => {
  const parameters = { enabled: true, max_authority_addresses: 3, gas_costs: null };
  it.each([
    ["one of one", [1], 1, true],
    ["two of three", [1, 2, 3], 2, true],
    ["nobody", [], 1, false],
    ["threshold 0", [1], 0, false],
    ["threshold out of reach", [1], 2, false],
    ["duplicates", [1, 1], 1, false],
    ["too many", [1, 2, 3, 4], 1, false],
  ])("%s", (_, members, threshold, valid) => {
    expect(isValidAuthority({ addresses: members.map(account), threshold }, parameters)).toBe(valid);
  });

  it("counts each member once and strangers not at all", () => {
    const authority = { addresses: [account(1), account(2)], threshold: 2 };
    expect(isReached(authority, [account(1), account(1), account(9)])).toBe(false);
    expect(isReached(authority, [account(2), account(9), account(1)])).toBe(true);
  });
});

describe("withdrawals under a policy", () => {
  const policy = { limit_amount: 100n, limit_interval: 10n };
  const state = { withdraw_policy: policy, bucket: 4n, amount: 60n };
  it.each([
    ["within the limit", 45n, 40n, { bucket: 4n, amount: 100n }],
    ["over the limit", 45n, 41n, null],
    ["in the next interval", 50n, 100n, { bucket: 5n, amount: 100n }],
    ["nothing", 99n, 0n, { bucket: 4n, amount: 60n }],
  ])("%s", (_, height, amount, expected) => {
    expect(countWithdrawal(state, height, amount)).toEqual(
      expected && { withdraw_policy: policy, ...expected },
    );
  });

  it("a policy without limit or interval allows nothing", () => {
    const off = { limit_amount: 0n, limit_interval: 10n };
    expect(countWithdrawal({ ...state, withdraw_policy: off }, 1n, 1n)).toBeNull();
    expect(
      countWithdrawal({ ...state, withdraw_policy: { ...policy, limit_interval: 0n } }, 1n, 1n),
    ).toBeNull();
  });
});
