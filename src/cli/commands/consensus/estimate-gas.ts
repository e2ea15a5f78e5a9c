import type { PublicKey } from "../../../codec/common-types.ts";
import { decode } from "../../../codec/schema.ts";
import { Transaction } from "../../../types/consensus.ts";
import { defineCommand } from "../../command.ts";
import { CommandError, exitCode } from "../../errors.ts";
import { readInput } from "../../files.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { transactionFileOption } from "../../options/transaction.ts";

interface Input {
  readonly client: ClientInput;
  readonly file: string;
  readonly signer: PublicKey;
}

export const consensusEstimateGas = defineCommand<Input>({
  path: "consensus estimate_gas",
  summary: "estimate the gas that a transaction needs",
  options: [
    { name: "consensus.signer_pub", value: "KEY", summary: "public key of the signer, in base64" },
    { ...transactionFileOption, summary: "the transaction, written with --transaction.unsigned" },
    ...clientOptions,
  ],
  resolve: (given) => ({
    client: clientInput(given),
    file: given.required("transaction.file"),
    signer: given.publicKey("consensus.signer_pub"),
  }),
  run: async ({ client: input, file, signer }, io) => {
    const transaction = parseTransaction(await readInput(file, "transaction"), file);
    const gas = await withClient(input, "failed to estimate gas", (client) =>
      client.call("Consensus", "EstimateGas", { signer, transaction }, { signal: io.signal }),
    );
    io.out(`${gas}\n`);
    return exitCode.ok;
  },
});

function parseTransaction(content: Uint8Array, file: string): Transaction {
  try {
    return decode(Transaction, content);
  } catch (error) {
    throw new CommandError(`${file} is not an unsigned transaction`, { cause: error });
  }
}
