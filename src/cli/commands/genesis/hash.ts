import { chainContext } from "../../../config/genesis/chain-context.ts";
import { readGenesis } from "../../../config/genesis/read-genesis.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { genesisFileOption } from "../../options/common.ts";

export const genesisHash = defineCommand<string>({
  path: "genesis hash",
  summary: "print the hash of a genesis document: the network's chain context",
  notes: "An addition to the official command line. The document is not checked.",
  options: [genesisFileOption],
  resolve: (given) => given.required("genesis.file"),
  run: async (file, io) => {
    io.out(`${chainContext(await readGenesis(file))}\n`);
    return exitCode.ok;
  },
});
