import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";

export const debugControlWaitReady = defineCommand<ClientInput>({
  path: "debug control wait-ready",
  summary: "wait until the node is in sync and its ParaTimes accept work",
  options: clientOptions,
  resolve: clientInput,
  run: async (input, io) => {
    await withClient(input, "failed to wait for ready status", (client) =>
      client.call("NodeController", "WaitReady", null, { signal: io.signal }),
    );
    return exitCode.ok;
  },
});
