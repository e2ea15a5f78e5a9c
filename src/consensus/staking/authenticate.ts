import { equal } from "../../codec/bytes.ts";
import { FEE_ACCUMULATOR_ADDRESS, isReservedAddress } from "../../types/account-address.ts";
import { type Fee, gasPrice, type Transaction } from "../../types/consensus.ts";
import { stakingErrors, transactionErrors } from "../../types/errors.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { CompositeGas, LimitedGas } from "../gas.ts";
import { transferEvent } from "./events.ts";
import { blockFees } from "./fees.ts";
import { getAccount, getParameters, setAccount } from "./state.ts";

const MAX_GAS = (1n << 64n) - 1n;
const NO_FEE: Fee = { amount: 0n, gas: 0n };

/**
 * Checks nonce and balance of a transaction's signer, takes the fee, and sets the gas meter.
 *
 * In DeliverTx the fee and the nonce stay taken even if the transaction fails afterwards. In CheckTx they are only
 * taken by {@link payInCheckState} once everything passed, or a transaction that is refused could not be sent again.
 * consensus-a.md 1.7, steps 7 to 11.
 */
export function authenticateAndPayFees(ctx: Context, tx: Transaction): void {
  if (ctx.isSimulation) {
    ctx.setGas(new LimitedGas(MAX_GAS));
    return;
  }
  const address = ctx.caller;
  if (isReservedAddress(address)) {
    throw new TxError("using a reserved account address is prohibited");
  }
  const account = getAccount(ctx.state, address);
  if (account.general.nonce !== tx.nonce) {
    throw transactionErrors.invalidNonce();
  }
  const fee = tx.fee ?? NO_FEE;
  if (account.general.balance < fee.amount + getParameters(ctx.state).min_transact_balance) {
    throw stakingErrors.balanceTooLow();
  }
  if (ctx.isCheckOnly) {
    ctx.setGas(new LimitedGas(fee.gas));
    const own = ctx.chain.ownTxSigner;
    const exempt = own !== null && equal(own, ctx.txSigner);
    if (!exempt && fee.gas > 0n && gasPrice(fee) < ctx.chain.localMinGasPrice) {
      throw transactionErrors.gasPriceTooLow();
    }
    return;
  }
  ctx.block.get(blockFees).balance += fee.amount;
  account.general.balance -= fee.amount;
  account.general.nonce = BigInt.asUintN(64, account.general.nonce + 1n);
  setAccount(ctx.state, address, account);
  if (fee.amount !== 0n) {
    ctx.emit(transferEvent, { from: address, to: FEE_ACCUMULATOR_ADDRESS, amount: fee.amount });
  }
  ctx.setGas(new CompositeGas(new LimitedGas(fee.gas), ctx.block.gas));
}

/** After a transaction passed CheckTx: takes fee and nonce in the check state, so that the next one can follow. */
export function payInCheckState(ctx: Context, tx: Transaction): void {
  if (!ctx.isCheckOnly) {
    return;
  }
  const address = ctx.caller;
  const account = getAccount(ctx.state, address);
  const amount = tx.fee?.amount ?? 0n;
  if (account.general.balance < amount) {
    throw transactionErrors.insufficientFeeBalance();
  }
  account.general.balance -= amount;
  account.general.nonce = BigInt.asUintN(64, account.general.nonce + 1n);
  setAccount(ctx.state, address, account);
}
