import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";

interface Input {
  readonly client: ClientInput;
  readonly waitForExit: boolean;
}

export const controlShutdown = defineCommand<Input>({
  path: "control shutdown",
  summary: "have the node leave the network and stop",
  notes:
    "A node that is registered registers no more and works on until its registration has ended, which takes up to three " +
    "epochs; then it stops. It goes on leaving when it is restarted meanwhile: see `control clear-deregister`. A node that is " +
    "not registered, and the only validator of a network, stop at once. `control status` says what it waits for.",
  options: [
    ...clientOptions.filter((option) => option.name !== "wait"),
    { name: "wait", short: "w", summary: "return when the node has left the network" },
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
