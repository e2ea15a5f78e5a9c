import type { Infer } from "../codec/schema.ts";
import type { Signer } from "../crypto/signature.ts";
import type { MethodName, methods } from "../types/methods.ts";
import { type Command, defineCommand, type OptionSpec } from "./command.ts";
import type { Given } from "./given.ts";
import { type TransactionInput, transactionInput, transactionOptions } from "./options/transaction.ts";
import { writeTransaction } from "./write-transaction.ts";

export interface TransactionCommand<M extends MethodName, Body> {
  readonly path: string;
  readonly summary: string;
  readonly method: M;
  readonly options: readonly OptionSpec[];
  /** What the flags say about the body. Pure. @throws UsageError */
  resolve(given: Given): Body;
  /** The body, where it needs files or the signer; otherwise the resolved value is the body. */
  makeBody?(
    resolved: Body,
    signer: () => Signer,
    transaction: TransactionInput,
  ): Promise<Infer<(typeof methods)[M]>>;
}

interface Input<Body> {
  readonly transaction: TransactionInput;
  readonly body: Body;
}

/** A command that writes one signed transaction of one method to a file. */
export function defineTransactionCommand<M extends MethodName, Body = Infer<(typeof methods)[M]>>(
  spec: TransactionCommand<M, Body>,
): Command {
  return defineCommand<Input<Body>>({
    path: spec.path,
    summary: spec.summary,
    options: [...spec.options, ...transactionOptions],
    resolve: (given) => ({ body: spec.resolve(given), transaction: transactionInput(given) }),
    run: ({ transaction, body }, io) =>
      writeTransaction(
        transaction,
        spec.method,
        async (signer) => spec.makeBody?.(body, signer, transaction) ?? body,
        io,
      ),
  });
}
