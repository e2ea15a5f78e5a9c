import { equal, toHex } from "../../codec/bytes.ts";
import { isReservedAddress } from "../../types/account-address.ts";
import { stakingErrors } from "../../types/errors.ts";
import type { Allow } from "../../types/staking-transactions.ts";
import type { Context } from "../context.ts";
import { allowanceChangeEvent } from "./events.ts";
import { getAccount, getParameters, getTotalSupply, setAccount } from "./state.ts";

/** `staking.Allow`: raises or lowers what a beneficiary may withdraw from the caller's account. */
export function allow(ctx: Context, { beneficiary, negative, amount_change: change }: Allow): void {
  if (ctx.isCheckOnly) {
    return;
  }
  const parameters = getParameters(ctx.state);
  ctx.useGas(1, "allow", parameters.gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  if (parameters.disable_transfers || parameters.max_allowances === 0) {
    throw stakingErrors.forbidden();
  }
  const owner = ctx.caller;
  if (isReservedAddress(owner) || isReservedAddress(beneficiary)) {
    throw stakingErrors.forbidden();
  }
  if (equal(owner, beneficiary)) {
    throw stakingErrors.invalidArgument();
  }
  const account = getAccount(ctx.state, owner);
  account.general.allowances ??= new Map();
  const allowances = account.general.allowances;
  const id = toHex(beneficiary);
  const old = allowances.get(id) ?? 0n;
  // Lowering stops at zero; the event tells what really changed.
  const changed = negative && change > old ? old : change;
  const allowance = negative ? old - changed : old + changed;
  if (allowance > getTotalSupply(ctx.state)) {
    throw stakingErrors.allowanceGreaterThanSupply();
  }
  if (allowance === 0n) {
    allowances.delete(id);
  } else {
    allowances.set(id, allowance);
  }
  if (allowances.size > parameters.max_allowances) {
    throw stakingErrors.tooManyAllowances();
  }
  setAccount(ctx.state, owner, account);
  ctx.emit(allowanceChangeEvent, { owner, beneficiary, allowance, negative, amount_change: changed });
}
