import type { Address } from "../../codec/common-types.ts";
import { isReservedAddress } from "../../types/account-address.ts";
import { stakingErrors } from "../../types/errors.ts";
import type { ConsensusParameters } from "../../types/staking.ts";
import type { Burn } from "../../types/staking-transactions.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { burnEvent } from "./events.ts";
import { getAccount, getParameters, getTotalSupply, setAccount, setTotalSupply } from "./state.ts";

/** `staking.Burn`: destroys tokens of the caller. */
export function burn(ctx: Context, { amount }: Burn): void {
  if (ctx.isCheckOnly) {
    return;
  }
  const parameters = getParameters(ctx.state);
  ctx.useGas(1, "burn", parameters.gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  if (isReservedAddress(ctx.caller)) {
    throw stakingErrors.forbidden();
  }
  burnFrom(ctx, parameters, ctx.caller, amount);
}

/** Takes tokens out of a general balance and out of the total supply. */
export function burnFrom(
  ctx: Context,
  parameters: Readonly<ConsensusParameters>,
  owner: Address,
  amount: bigint,
): void {
  if (amount < parameters.min_transfer) {
    throw stakingErrors.underMinTransferAmount();
  }
  const account = getAccount(ctx.state, owner);
  if (account.general.balance < amount) {
    throw new TxError("insufficient balance");
  }
  account.general.balance -= amount;
  if (account.general.balance < parameters.min_transact_balance) {
    throw stakingErrors.balanceTooLow();
  }
  setAccount(ctx.state, owner, account);
  setTotalSupply(ctx.state, getTotalSupply(ctx.state) - amount);
  ctx.emit(burnEvent, { owner, amount });
}
