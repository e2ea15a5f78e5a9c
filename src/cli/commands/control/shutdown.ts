import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";

interface Input {
  readonly client: ClientInput;
  readonly waitForExit: boolean;
}

export const controlShutdown = defineCommand<Input>({
  path: "control shutdown",
  summary: "stop the node; with --wait it deregisters first, which takes up to three epochs",
  options: [
    ...clientOptions.filter((option) => option.name !== "wait"),
    { name: "wait", short: "w", summary: "deregister first, and return when that is done" },
  ],
  resolve: (given) => ({
    client: { ...clientInput(given), wait: false },
    waitForExit: given.switch("wait"),
  }),
  run: async ({ client: input, waitForExit }, io) => {
    await withClient(input, "failed to send shutdown request", (client) =>
      client.call("NodeController", "RequestShutdown", waitForExit, { signal: io.signal }),
    );
    return exitCode.ok;
  },
});
