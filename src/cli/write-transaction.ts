import type { Codec } from "../codec/codec.ts";
import { encode } from "../codec/schema.ts";
import { contexts, withChain } from "../crypto/contexts.ts";
import { signSigned } from "../crypto/envelope.ts";
import type { Signer } from "../crypto/signature.ts";
import { SignedTransaction, Transaction } from "../types/consensus.ts";
import { type MethodName, methods } from "../types/methods.ts";
import { CommandError, exitCode } from "./errors.ts";
import { writeJsonFile, writeOutput } from "./files.ts";
import type { Io } from "./io.ts";
import { loadNetwork } from "./network.ts";
import { entitySigner } from "./options/signer.ts";
import type { TransactionInput } from "./options/transaction.ts";
import { type Network, transactionText } from "./text/transaction.ts";

/** An unsigned transaction of one method; a null body is left out, as the official node does for bodies without content. */
export function newTransaction(
  method: MethodName,
  body: unknown,
  { nonce, fee }: Pick<TransactionInput, "nonce" | "fee">,
): Transaction {
  return { nonce, fee, method, body: body === null ? null : encode(methods[method] as Codec<unknown>, body) };
}

/** Signs a transaction for a network. */
export function signTransaction(tx: Transaction, network: Network, signer: Signer): SignedTransaction {
  return signSigned(
    Transaction,
    tx,
    withChain(contexts.consensusTransaction, network.chainContext),
    signer,
  ) as SignedTransaction;
}

/**
 * What every `gen_*` command does in the end: shows the transaction, asks, signs and writes the file. `makeBody` gets
 * the signer for bodies that are signed themselves.
 * @throws CommandError when the user says no
 */
export async function writeTransaction(
  input: TransactionInput,
  method: MethodName,
  makeBody: (signer: () => Signer) => Promise<unknown>,
  io: Io,
): Promise<number> {
  const network = await loadNetwork(input.genesisFile);
  const body = await makeBody(() => entitySigner(input.signer));
  const tx = newTransaction(method, body, input);
  if (input.isUnsigned) {
    await writeOutput(input.file, encode(Transaction, tx), "the transaction to");
    return exitCode.ok;
  }
  const signer = entitySigner(input.signer);
  io.out(`You are about to sign the following transaction:\n${transactionText(tx, network, "  ")}`);
  if (!input.assumeYes && io.isInteractive) {
    const isSure = await io.confirm("\nAre you sure you want to continue? (y)es/(n)o: ");
    if (!isSure) throw new CommandError("not signed");
  }
  const signed = signTransaction(tx, network, signer);
  await writeJsonFile(SignedTransaction, signed, input.file, "the transaction to");
  return exitCode.ok;
}
