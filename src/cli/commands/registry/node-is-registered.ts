import { equal } from "../../../codec/bytes.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { datadirOptions, identityIn } from "../../options/datadir.ts";

interface Input {
  readonly client: ClientInput;
  readonly dataDir: string;
}

export const registryNodeIsRegistered = defineCommand<Input>({
  path: "registry node is-registered",
  summary: "tell whether the node with a data directory is registered",
  notes: "Exits with 0 when it is, 1 when it is not.",
  options: [...datadirOptions, ...clientOptions],
  resolve: (given) => ({ client: clientInput(given), dataDir: given.text("datadir") || "." }),
  run: async ({ client: input, dataDir }, io) => {
    const { publicKey } = identityIn(dataDir).node;
    const nodes = await withClient(input, "failed to query nodes", (client) =>
      client.call("Registry", "GetNodes", 0n),
    );
    const isRegistered = (nodes ?? []).some((node) => equal(node.id, publicKey));
    io.out(isRegistered ? "node is registered\n" : "node is not registered\n");
    return isRegistered ? exitCode.ok : exitCode.failed;
  },
});
