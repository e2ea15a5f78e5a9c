import { equal, toHex } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import { BURN_ADDRESS, isReservedAddress } from "../../types/account-address.ts";
import { stakingErrors } from "../../types/errors.ts";
import type { ConsensusParameters } from "../../types/staking.ts";
import type { Transfer, TransferResult } from "../../types/staking-transactions.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { burnFrom } from "./burn.ts";
import { transferEvent } from "./events.ts";
import { getAccount, getParameters, setAccount } from "./state.ts";

/** `staking.Transfer`: moves tokens to another account. Null in CheckTx and in simulation. consensus-a.md 4.1. */
export function transfer(ctx: Context, { to, amount }: Transfer): TransferResult | null {
  if (ctx.isCheckOnly) {
    return null;
  }
  const parameters = getParameters(ctx.state);
  ctx.useGas(1, "transfer", parameters.gas_costs);
  if (ctx.isSimulation) {
    return null;
  }
  const from = ctx.caller;
  if (isReservedAddress(from) || !mayTransfer(parameters, from)) {
    throw stakingErrors.forbidden();
  }
  if (equal(to, BURN_ADDRESS)) {
    burnFrom(ctx, parameters, from, amount);
  } else {
    move(ctx, parameters, from, to, amount);
  }
  ctx.emit(transferEvent, { from, to, amount });
  return { from, to, amount };
}

function mayTransfer(parameters: Readonly<ConsensusParameters>, from: Address): boolean {
  return !parameters.disable_transfers || parameters.undisable_transfers_from?.get(toHex(from)) === true;
}

function move(
  ctx: Context,
  parameters: Readonly<ConsensusParameters>,
  fromAddress: Address,
  toAddress: Address,
  amount: bigint,
): void {
  if (amount < parameters.min_transfer) {
    throw stakingErrors.underMinTransferAmount();
  }
  const from = getAccount(ctx.state, fromAddress);
  if (equal(fromAddress, toAddress)) {
    if (from.general.balance < amount) {
      throw stakingErrors.insufficientBalance();
    }
  } else {
    const to = getAccount(ctx.state, toAddress);
    if (from.general.balance < amount) {
      // Not staking/3: the network reports the bare arithmetic error here.
      throw new TxError("insufficient balance");
    }
    from.general.balance -= amount;
    to.general.balance += amount;
    if (from.general.balance < parameters.min_transact_balance) {
      throw stakingErrors.balanceTooLow().with("source account");
    }
    if (to.general.balance < parameters.min_transact_balance) {
      throw stakingErrors.balanceTooLow().with("dest account");
    }
    setAccount(ctx.state, toAddress, to);
  }
  setAccount(ctx.state, fromAddress, from);
}
