import { gasPrice, type Transaction } from "../types/consensus.ts";
import { transactionErrors } from "../types/errors.ts";
import { METHOD_META } from "../types/methods.ts";
import { collectSystemTransaction } from "./block-metadata.ts";
import type { Context } from "./context.ts";
import type { TransactionOpener } from "./decode-transaction.ts";
import type { ServiceTable } from "./service-table.ts";
import { authenticateAndPayFees, payInCheckState } from "./staking/authenticate.ts";

/** What executing transactions needs besides the context. */
export interface TransactionRules {
  readonly services: ServiceTable;
  readonly opener: TransactionOpener;
  /** Whether the block is still being built by this node. */
  readonly proposing: boolean;
}

/**
 * Executes a transaction in a block or in CheckTx: signature, nonce, fee, gas, method.
 *
 * There is no rollback: when it throws, fee and nonce stay taken, gas used, and what the method wrote stays written
 * (consensus-a.md 0.1, 1.7).
 * @throws QanatError for what becomes the result of a failed transaction
 */
export function executeTransaction(ctx: Context, raw: Uint8Array, rules: TransactionRules): void {
  const { transaction, signer } = rules.opener.open(raw, ctx.chain.consensusParameters, ctx.isCheckOnly);
  ctx.setTxSigner(signer);
  processTransaction(ctx, transaction, raw.length, rules);
}

/** As {@link executeTransaction}, for a transaction whose signer is set already. `size` is what `tx_byte` gas is for. */
export function processTransaction(
  ctx: Context,
  transaction: Readonly<Transaction>,
  size: number,
  rules: TransactionRules,
): void {
  if (transaction.method === METHOD_META) {
    collectSystemTransaction(ctx, transaction, rules.proposing);
    return;
  }
  const method = rules.services.resolve(ctx, transaction.method);
  authenticateAndPayFees(ctx, transaction);
  const parameters = ctx.chain.consensusParameters;
  ctx.useGas(size, "tx_byte", parameters.gas_costs);
  if (parameters.min_gas_price > 0n && !ctx.isSimulation) {
    const { fee } = transaction;
    if (fee === null || gasPrice(fee) < parameters.min_gas_price) {
      throw transactionErrors.gasPriceTooLow();
    }
  }
  method.execute(ctx, transaction.body);
  payInCheckState(ctx, transaction);
}
