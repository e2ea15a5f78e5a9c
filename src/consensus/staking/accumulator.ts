import { toHex } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import type { Account, StakeThreshold } from "../../types/staking.ts";
import type { Context } from "../context.ts";
import { isTxFailure } from "../errors.ts";
import { addClaim, checkClaims, removeClaim, type Thresholds } from "./stake-claims.ts";
import { getAccount, getParameters, setAccount } from "./state.ts";

/**
 * Works on the stake claims of several accounts before writing them.
 *
 * `commit` writes every account that was touched, also those only read: their values are part of no decision, but
 * writing an account that did not exist creates it (consensus-a.md 4.8). Between first use and commit nobody else may
 * change these accounts.
 */
export class StakeAccumulator {
  readonly #ctx: Context;
  readonly #thresholds: Thresholds;
  readonly #accounts = new Map<string, { address: Address; account: Account }>();

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#thresholds = getParameters(ctx.state).thresholds;
  }

  /** @throws staking/4 when the account's stake does not cover its claims */
  checkClaims(address: Address): void {
    checkClaims(this.#account(address).escrow, this.#thresholds);
  }

  /** Whether the account's stake covers its claims. False also for an address that cannot hold an account. */
  satisfiesClaims(address: Address): boolean {
    try {
      this.checkClaims(address);
      return true;
    } catch (error) {
      if (isTxFailure(error)) {
        return false;
      }
      throw error;
    }
  }

  /** @throws staking/4 when the account's stake does not cover the claim together with the others */
  addClaim(address: Address, claim: string, needed: StakeThreshold[] | null): void {
    addClaim(this.#account(address).escrow, this.#thresholds, claim, needed);
  }

  /** @throws TxError when there is no such claim */
  removeClaim(address: Address, claim: string): void {
    removeClaim(this.#account(address).escrow, claim);
  }

  /** Active escrow balance of an account. */
  escrowBalance(address: Address): bigint {
    return this.#account(address).escrow.active.balance;
  }

  commit(): void {
    for (const { address, account } of this.#accounts.values()) {
      setAccount(this.#ctx.state, address, account);
    }
  }

  #account(address: Address): Account {
    const id = toHex(address);
    let entry = this.#accounts.get(id);
    if (entry === undefined) {
      entry = { address, account: getAccount(this.#ctx.state, address) };
      this.#accounts.set(id, entry);
    }
    return entry.account;
  }
}

/** Adds one claim and writes it. @throws staking/4 */
export function addStakeClaim(
  ctx: Context,
  address: Address,
  claim: string,
  needed: StakeThreshold[] | null,
): void {
  const accumulator = new StakeAccumulator(ctx);
  accumulator.addClaim(address, claim, needed);
  accumulator.commit();
}

/** Removes one claim and writes it. @throws TxError when there is no such claim */
export function removeStakeClaim(ctx: Context, address: Address, claim: string): void {
  const accumulator = new StakeAccumulator(ctx);
  accumulator.removeClaim(address, claim);
  accumulator.commit();
}
