import { optionsFromConfig } from "../../../node/options-from-config.ts";
import { pruneStore } from "../../../node/storage/prune-store.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type NodeConfigInput, nodeConfigInput, readNodeConfig } from "../../options/node-config.ts";
import { withNodeStore } from "../../with-node-store.ts";

export const storagePrune = defineCommand<NodeConfigInput>({
  path: "storage prune",
  summary: "delete old versions as the configuration says",
  notes:
    "Does at once what a running node does little by little, so it is needed only where the node shall not be started " +
    "first. The space is used again by the database; `storage compact` gives it back to the disk.",
  options: [],
  resolve: nodeConfigInput,
  run: async (input, io) => {
    const config = await readNodeConfig(input);
    const options = optionsFromConfig(config);
    if (options.pruneConsensus === null)
      io.out("consensus layer: not pruned, as consensus.prune.strategy says\n");
    if (options.pruneRounds === null) io.out("ParaTimes: not pruned, as runtime.prune.strategy says\n");
    await withNodeStore(config, "pruning can only be done when the node is not running", async (store) => {
      for (const { part, firstVersion, isDone } of pruneStore(store, options)) {
        io.signal.throwIfAborted();
        if (isDone) io.out(`${part}: the first version is ${firstVersion}\n`);
        // The signal comes by the event loop.
        else await new Promise((resolve) => setImmediate(resolve));
      }
    });
    return exitCode.ok;
  },
});
