import { SignedTransaction } from "../../../types/consensus.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { readJsonFile } from "../../files.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { transactionFileOption } from "../../options/transaction.ts";

interface Input {
  readonly client: ClientInput;
  readonly file: string;
}

export const consensusSubmitTx = defineCommand<Input>({
  path: "consensus submit_tx",
  summary: "submit a signed transaction and wait for its block",
  options: [transactionFileOption, ...clientOptions],
  resolve: (given) => ({ client: clientInput(given), file: given.required("transaction.file") }),
  run: async ({ client: input, file }, io) => {
    const signed = await readJsonFile(SignedTransaction, file, "transaction");
    await withClient(input, "failed to submit transaction", (client) =>
      client.call("Consensus", "SubmitTx", signed, { signal: io.signal }),
    );
    return exitCode.ok;
  },
});
