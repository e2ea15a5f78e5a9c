import { formatGenesis } from "../../../config/genesis/write-genesis.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { writeOutput } from "../../files.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { genesisFileOption } from "../../options/common.ts";

interface Input {
  readonly client: ClientInput;
  readonly height: bigint;
  readonly file: string;
}

export const genesisDump = defineCommand<Input>({
  path: "genesis dump",
  summary: "write the state of a running network as a genesis document",
  options: [
    { name: "height", value: "HEIGHT", default: "0", summary: "height of the state; 0 is the latest" },
    { ...genesisFileOption, summary: "where to write it; empty: standard output" },
    ...clientOptions,
  ],
  resolve: (given) => ({
    client: clientInput(given),
    height: given.i64("height"),
    file: given.text("genesis.file"),
  }),
  run: async ({ client: input, height, file }, io) => {
    const document = await withClient(input, "failed to generate genesis document", (client) =>
      client.call("Consensus", "StateToGenesis", height, { signal: io.signal }),
    );
    if (file === "") io.out(formatGenesis(document));
    else await writeOutput(file, formatGenesis(document), "the genesis document to");
    return exitCode.ok;
  },
});
