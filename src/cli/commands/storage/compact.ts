import { storePath } from "../../../node/storage/node-store.ts";
import { compactEnvironment } from "../../../storage/environment/compact-environment.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type NodeConfigInput, nodeConfigInput, readNodeConfig } from "../../options/node-config.ts";
import { refuseWhenLocked, requireStore } from "../../with-node-store.ts";

export const storageCompact = defineCommand<NodeConfigInput>({
  path: "storage compact",
  summary: "give the space of deleted versions back to the disk",
  notes:
    "Writes the database anew, for which the disk must have as much room as the database takes. Space of deleted " +
    "versions is used again in any case; this is for disks that others need as well.",
  options: [],
  resolve: nodeConfigInput,
  run: async (input, io) => {
    const { common } = await readNodeConfig(input);
    requireStore(common.data_dir);
    const { before, after } = await refuseWhenLocked(
      "compaction can only be done when the node is not running",
      () => compactEnvironment(storePath(common.data_dir)),
    );
    io.out(`the database takes ${after} bytes, it took ${before}\n`);
    return exitCode.ok;
  },
});
