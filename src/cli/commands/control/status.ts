import { toJsonText } from "../../../codec/schema.ts";
import { Status } from "../../../types/api-control.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";

export const controlStatus = defineCommand<ClientInput>({
  path: "control status",
  summary: "show the status of a running node as JSON",
  notes:
    "The fields are those of the official node; `waiting` is an addition: what the node waits for, since when and " +
    "what to do about it. Exits with 128 when the node does not answer.",
  options: clientOptions,
  resolve: clientInput,
  run: async (input, io) => {
    const status = await withClient(
      input,
      "failed to query status",
      (client) => client.call("NodeController", "GetStatus", null, { signal: io.signal }),
      exitCode.rpcFailed,
    );
    io.out(`${toJsonText(Status, status, 2)}\n`);
    return exitCode.ok;
  },
});
