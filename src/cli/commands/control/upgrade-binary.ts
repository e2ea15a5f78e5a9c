import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { readUpgradeDescriptor } from "../../upgrade-descriptor.ts";

interface Input {
  readonly client: ClientInput;
  readonly path: string;
}

export const controlUpgradeBinary = defineCommand<Input>({
  path: "control upgrade-binary",
  summary: "tell the node of an upgrade, for which it halts when its epoch comes",
  args: [{ name: "descriptor", summary: "JSON file with the upgrade descriptor" }],
  options: clientOptions,
  resolve: (given) => ({ client: clientInput(given), path: given.args[0]! }),
  run: async ({ client: input, path }, io) => {
    const descriptor = await readUpgradeDescriptor(path);
    await withClient(input, "failed to send the upgrade descriptor", (client) =>
      client.call("NodeController", "UpgradeBinary", descriptor, { signal: io.signal }),
    );
    return exitCode.ok;
  },
});
