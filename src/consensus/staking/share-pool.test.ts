import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deposit, sharesForStake, stakeForShares, withdraw } from "./share-pool.ts";

const pool = (balance: bigint, shares: bigint) => ({ balance, total_shares: shares });

describe("share pool", () => {
  // consensus-a.md 4.2.
  test("known answer", () => {
    const known = pool(100n, 90n);
    expect(deposit(known, 1000n, 33n)).toBe(29n);
    expect(known).toEqual(pool(133n, 119n));
    expect(stakeForShares(known, 29n)).toBe(32n);
  });

  test("the first deposit buys shares one to one", () => {
    expect(sharesForStake(pool(0n, 0n), 55n)).toBe(55n);
  });

  test("a pool that lost everything takes no deposits and pays nothing", () => {
    expect(() => sharesForStake(pool(0n, 10n), 1n)).toThrow("staking: invalid argument");
    expect(stakeForShares(pool(0n, 10n), 10n)).toBe(0n);
  });

  test("neither side can give what it does not have", () => {
    expect(() => deposit(pool(100n, 100n), 9n, 10n)).toThrow("insufficient balance");
    expect(() => withdraw(pool(100n, 100n), 9n, 10n)).toThrow("insufficient balance");
  });

  test("depositing and withdrawing at once never pays more than was put in, and keeps the sums", () => {
    const amount = fc.bigInt({ min: 1n, max: 10n ** 20n });
    fc.assert(
      fc.property(amount, amount, amount, (balance, shares, put) => {
        const changed = pool(balance, shares);
        const bought = deposit(changed, put, put);
        expect(changed.balance).toBe(balance + put);
        const got = withdraw(changed, bought, bought);
        expect(got <= put).toBe(true);
        expect(changed).toEqual(pool(balance + put - got, shares));
      }),
    );
  });
});
