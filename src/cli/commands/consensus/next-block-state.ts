import { toJsonText } from "../../../codec/schema.ts";
import { NextBlockState } from "../../../types/api-consensus.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";

export const consensusNextBlockState = defineCommand<ClientInput>({
  path: "consensus next_block_state",
  summary: "show the votes for the next block as JSON",
  notes: "Exits with 128 when the node does not answer.",
  options: clientOptions,
  resolve: clientInput,
  run: async (input, io) => {
    const state = await withClient(
      input,
      "failed to query next block state",
      (client) => client.call("Consensus", "GetNextBlockState", null, { signal: io.signal }),
      exitCode.rpcFailed,
    );
    io.out(`${toJsonText(NextBlockState, state, 2)}\n`);
    return exitCode.ok;
  },
});
