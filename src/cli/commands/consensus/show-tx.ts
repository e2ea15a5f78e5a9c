import { SignedTransaction } from "../../../types/consensus.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { readJsonFile } from "../../files.ts";
import { loadNetwork } from "../../network.ts";
import { genesisFileOption } from "../../options/common.ts";
import { transactionFileOption } from "../../options/transaction.ts";
import { signedTransactionText } from "../../text/transaction.ts";

interface Input {
  readonly file: string;
  readonly genesisFile: string;
}

export const consensusShowTx = defineCommand<Input>({
  path: "consensus show_tx",
  summary: "show what is in a signed transaction",
  options: [transactionFileOption, genesisFileOption],
  resolve: (given) => ({
    file: given.required("transaction.file"),
    genesisFile: given.required("genesis.file"),
  }),
  run: async ({ file, genesisFile }, io) => {
    const network = await loadNetwork(genesisFile);
    const signed = await readJsonFile(SignedTransaction, file, "transaction");
    io.out(signedTransactionText(signed, network));
    return exitCode.ok;
  },
});
