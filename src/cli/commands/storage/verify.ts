import { verifyStore } from "../../../node/storage/verify-store.ts";
import { defineCommand } from "../../command.ts";
import { CommandError, exitCode } from "../../errors.ts";
import { type NodeConfigInput, nodeConfigInput, readNodeConfig } from "../../options/node-config.ts";
import { withNodeStore } from "../../with-node-store.ts";

/** Steps after which a signal is looked for. */
const STEPS_A_TURN = 100;

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
    const found = await withNodeStore(
      config,
      "verification can only be done when the node is not running",
      async (store) => {
        const work = verifyStore(store);
        for (let steps = 1; ; steps++) {
          const step = work.next();
          if (step.done === true) return step.value;
          if (steps % STEPS_A_TURN !== 0) continue;
          await new Promise((resolve) => setImmediate(resolve));
          io.signal.throwIfAborted();
        }
      },
    );
    const { blocks, rounds, roots, nodes, problems } = found;
    io.out(`looked at ${blocks} blocks, ${rounds} rounds, ${roots} trees with ${nodes} nodes\n`);
    for (const problem of problems) io.out(`${problem}\n`);
    if (problems.length > 0) throw new CommandError("the database is damaged");
    io.out("everything belongs together\n");
    return exitCode.ok;
  },
});
