import { storedLeaveRequest } from "../../../workers/registration/stored-leave-request.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type NodeConfigInput, nodeConfigInput, readNodeConfig } from "../../options/node-config.ts";
import { withNodeStore } from "../../with-node-store.ts";

export const controlClearDeregister = defineCommand<NodeConfigInput>({
  path: "control clear-deregister",
  summary: "take back a `control shutdown` that the node was stopped before it was done with",
  notes:
    "A node that was asked to shut down registers no more, also when it is started again, until the network has forgotten " +
    "it. After this command it registers again. The node must not run.",
  options: [],
  resolve: nodeConfigInput,
  run: async (input, io) => {
    const config = await readNodeConfig(input);
    await withNodeStore(config, "this can only be done when the node is not running", async (store) =>
      storedLeaveRequest(store.environment).clear(),
    );
    io.out("cleared persisted forced-deregister\n");
    return exitCode.ok;
  },
});
