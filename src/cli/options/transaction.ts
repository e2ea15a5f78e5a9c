import type { Fee } from "../../types/consensus.ts";
import type { OptionSpec } from "../command.ts";
import type { Given } from "../given.ts";
import { assumeYesOption, genesisFileOption } from "./common.ts";
import { type SignerInput, signerInput, signerOptions } from "./signer.ts";

export const transactionFileOption: OptionSpec = {
  name: "transaction.file",
  value: "FILE",
  summary: "the transaction",
};

/** Flags of commands that write a transaction to a file. */
export const transactionOptions: readonly OptionSpec[] = [
  { ...transactionFileOption, summary: "where to write the transaction" },
  { name: "transaction.nonce", value: "N", default: "0", summary: "nonce of the signing account" },
  { name: "transaction.fee.amount", value: "AMOUNT", default: "0", summary: "fee in base units" },
  { name: "transaction.fee.gas", value: "GAS", default: "0", summary: "most gas the transaction may use" },
  { name: "transaction.unsigned", summary: "write the transaction without a signature, as CBOR" },
  genesisFileOption,
  assumeYesOption,
  ...signerOptions,
];

export interface TransactionInput {
  readonly file: string;
  readonly nonce: bigint;
  readonly fee: Fee;
  readonly isUnsigned: boolean;
  readonly genesisFile: string;
  readonly assumeYes: boolean;
  readonly signer: SignerInput;
}

export function transactionInput(given: Given): TransactionInput {
  return {
    file: given.required("transaction.file"),
    nonce: given.u64("transaction.nonce"),
    fee: { amount: given.u64("transaction.fee.amount"), gas: given.u64("transaction.fee.gas") },
    isUnsigned: given.switch("transaction.unsigned"),
    genesisFile: given.text("genesis.file"),
    assumeYes: given.switch("assume_yes"),
    signer: signerInput(given),
  };
}
