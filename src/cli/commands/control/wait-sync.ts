import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";

export const controlWaitSync = defineCommand<ClientInput>({
  path: "control wait-sync",
  summary: "wait until the node has completed its initial sync",
  options: clientOptions,
  resolve: clientInput,
  run: async (input, io) => {
    await withClient(input, "failed to wait for sync status", (client) =>
      client.call("NodeController", "WaitSync", null, { signal: io.signal }),
    );
    return exitCode.ok;
  },
});
