import { Descriptor } from "../../../types/upgrade.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { readJsonFile } from "../../files.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";

interface Input {
  readonly client: ClientInput;
  readonly path: string;
}

export const controlCancelUpgrade = defineCommand<Input>({
  path: "control cancel-upgrade",
  summary: "cancel a pending upgrade that is not in progress yet",
  args: [{ name: "descriptor", summary: "JSON file with the upgrade descriptor" }],
  options: clientOptions,
  resolve: (given) => ({ client: clientInput(given), path: given.args[0]! }),
  run: async ({ client: input, path }, io) => {
    const descriptor = await readJsonFile(Descriptor, path, "upgrade descriptor");
    await withClient(input, "failed to send the cancellation", (client) =>
      client.call("NodeController", "CancelUpgrade", descriptor, { signal: io.signal }),
    );
    return exitCode.ok;
  },
});
