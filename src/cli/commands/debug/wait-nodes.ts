import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";

interface Input {
  readonly client: ClientInput;
  readonly nodes: number;
}

export const debugControlWaitNodes = defineCommand<Input>({
  path: "debug control wait-nodes",
  summary: "wait until so many nodes are registered",
  notes: "For nodes with debug.dont_blame_oasis.",
  options: [
    ...clientOptions,
    { name: "nodes", short: "n", value: "COUNT", default: "1", summary: "number of nodes" },
  ],
  resolve: (given) => ({ client: clientInput(given), nodes: given.int("nodes", 0, 2 ** 31 - 1) }),
  run: async ({ client: input, nodes }, io) => {
    await withClient(input, "failed to wait for nodes", (client) =>
      client.call("DebugController", "WaitNodesRegistered", BigInt(nodes), { signal: io.signal }),
    );
    return exitCode.ok;
  },
});
