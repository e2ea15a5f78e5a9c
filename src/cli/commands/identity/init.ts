import { loadOrCreateIdentity } from "../../../crypto/identity.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { verboseOption } from "../../options/common.ts";
import { datadirInput, datadirOptions } from "../../options/datadir.ts";

export const identityInit = defineCommand<string>({
  path: "identity init",
  summary: "make the keys of a node, or load those that are there",
  options: [...datadirOptions, verboseOption],
  resolve: datadirInput,
  run: async (dataDir, io) => {
    loadOrCreateIdentity({ dataDir, now: new Date() });
    io.out(`Generated identity files in: ${dataDir}\n`);
    return exitCode.ok;
  },
});
