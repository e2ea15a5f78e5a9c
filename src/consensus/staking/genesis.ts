import { fromHex, toHex } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import type { Document } from "../../types/genesis.ts";
import type { Genesis } from "../../types/staking.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { checkParameters } from "./change-parameters.ts";
import {
  addDebondingDelegation,
  getAccount,
  setAccount,
  setCommonPool,
  setDelegation,
  setGovernanceDeposits,
  setParameters,
  setTotalSupply,
} from "./state.ts";

/**
 * Writes the ledger of the genesis document.
 * @throws InvariantError when the sums do not add up to the total supply or to the shares of the pools
 */
export function initChain(ctx: Context, { staking: genesis }: Document): void {
  checkParameters(genesis.params);
  setParameters(ctx, genesis.params);
  setGovernanceDeposits(ctx.state, genesis.governance_deposits);
  const supply = initLedger(ctx, genesis);
  if (supply !== genesis.total_supply) {
    throw new InvariantError(`total supply mismatch (expected: ${genesis.total_supply} actual: ${supply})`);
  }
  // The first block has no commit to pay the last block's fees to.
  setCommonPool(ctx.state, genesis.common_pool + genesis.last_block_fees);
  setTotalSupply(ctx.state, supply);
  initDelegations(ctx, genesis);
  initDebondingDelegations(ctx, genesis);
}

/** Writes the accounts and returns the sum of everything that exists. */
function initLedger(ctx: Context, genesis: Genesis): bigint {
  let supply = genesis.common_pool + genesis.last_block_fees + genesis.governance_deposits;
  for (const [id, account] of genesis.ledger ?? []) {
    if ((account.escrow.stake_accumulator.claims?.size ?? 0) > 0) {
      throw new InvariantError("non-empty stake accumulator in genesis", { key: id });
    }
    supply += account.general.balance + account.escrow.active.balance + account.escrow.debonding.balance;
    getAccount(ctx.state, addressOf(id)); // refuses reserved addresses
    setAccount(ctx.state, addressOf(id), account);
  }
  return supply;
}

function initDelegations(ctx: Context, genesis: Genesis): void {
  for (const [escrow, delegations] of genesis.delegations ?? []) {
    let shares = 0n;
    for (const [delegator, delegation] of delegations ?? []) {
      shares += delegation.shares;
      setDelegation(ctx.state, addressOf(delegator), addressOf(escrow), delegation);
    }
    const { active } = getAccount(ctx.state, addressOf(escrow)).escrow;
    checkShares("active", escrow, active.total_shares, shares);
  }
}

function initDebondingDelegations(ctx: Context, genesis: Genesis): void {
  for (const [escrow, delegators] of genesis.debonding_delegations ?? []) {
    let shares = 0n;
    for (const [delegator, delegations] of delegators ?? []) {
      for (const delegation of delegations ?? []) {
        shares += delegation.shares;
        addDebondingDelegation(ctx.state, addressOf(delegator), addressOf(escrow), delegation);
      }
    }
    const { debonding } = getAccount(ctx.state, addressOf(escrow)).escrow;
    checkShares("debonding", escrow, debonding.total_shares, shares);
  }
}

function checkShares(pool: string, escrow: string, expected: bigint, actual: bigint): void {
  if (expected !== actual) {
    const address = toHex(addressOf(escrow));
    throw new InvariantError(
      `total ${pool} shares mismatch for ${address} (expected: ${expected} actual: ${actual})`,
    );
  }
}

function addressOf(id: string): Address {
  return fromHex(id) as Address;
}
