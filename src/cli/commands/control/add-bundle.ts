import { resolve } from "node:path";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";

interface Input {
  readonly client: ClientInput;
  readonly path: string;
}

export const controlAddBundle = defineCommand<Input>({
  path: "control add-bundle",
  summary: "add the components of a ParaTime bundle (.orc) to the running node",
  notes: "The node opens the file itself, so it must be readable on the node's machine by the node's user.",
  args: [{ name: "path", summary: "the bundle" }],
  options: clientOptions,
  resolve: (given) => ({ client: clientInput(given), path: given.args[0]! }),
  run: async ({ client: input, path }, io) => {
    // The node has another working directory than this command.
    const absolute = input.address.kind === "unix" ? resolve(path) : path;
    await withClient(input, "failed to add bundle", (client) =>
      client.call("NodeController", "AddBundle", absolute, { signal: io.signal }),
    );
    return exitCode.ok;
  },
});
