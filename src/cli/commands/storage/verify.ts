import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type NodeConfigInput, nodeConfigInput, readNodeConfig } from "../../options/node-config.ts";
import { verifyAndTell } from "../../verify-and-tell.ts";
import { withNodeStore } from "../../with-node-store.ts";

export const storageVerify = defineCommand<NodeConfigInput>({
  path: "storage verify",
  summary: "check everything that a node keeps",
  notes:
    "An addition to the official command line. Reads all blocks, results, rounds and tree nodes, compares their hashes, " +
    "and prints what is wrong; exits with 1 then.",
  options: [],
  resolve: nodeConfigInput,
  run: async (input, io) => {
    const config = await readNodeConfig(input);
    await withNodeStore(config, "verification can only be done when the node is not running", (store) =>
      verifyAndTell(store, { consensus: true }, io),
    );
    return exitCode.ok;
  },
});
