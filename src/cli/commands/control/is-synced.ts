import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";

export const controlIsSynced = defineCommand<ClientInput>({
  path: "control is-synced",
  summary: "tell whether the node has completed its initial sync",
  notes: "Exits with 0 when it has, 1 when it has not, 128 when it does not answer.",
  options: clientOptions,
  resolve: clientInput,
  run: async (input, io) => {
    const isSynced = await withClient(
      input,
      "failed to query synced status",
      (client) => client.call("NodeController", "IsSynced", null, { signal: io.signal }),
      exitCode.rpcFailed,
    );
    io.out(isSynced ? "node completed initial syncing\n" : "node has not completed initial syncing\n");
    return isSynced ? exitCode.ok : exitCode.failed;
  },
});
