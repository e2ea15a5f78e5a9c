import type { RunNodeOptions } from "../../node/main.ts";
import { defineCommand } from "../command.ts";
import { CommandError, exitCode, UsageError } from "../errors.ts";
import type { Given } from "../given.ts";
import { configOverrides } from "../options/overrides.ts";
import { rootOptions } from "../options/root.ts";

/** The program without a command: runs a node. */
export const runCommand = defineCommand<RunNodeOptions>({
  path: "",
  summary: "a node for the Oasis Network's ParaTimes: --config FILE starts one",
  notes:
    "Runs a node until it is asked to stop. SIGINT and SIGTERM stop it in order; a second one ends it at once.",
  options: rootOptions,
  resolve: resolveRun,
  run: async (options, io) => {
    const { runNode } = await import("../../node/main.ts");
    const { growHeapSparingly } = await import("../sparing-heap.ts");
    growHeapSparingly();
    const reason = await runNode(options, { signal: io.signal });
    if (reason.kind === "failed") throw new CommandError(reason.message);
    return exitCode.ok;
  },
});

/** @internal for tests */
export function resolveRun(given: Given): RunNodeOptions {
  const configPath = given.text("config");
  if (configPath === "") {
    throw new UsageError("--config FILE is missing. For a network on this machine, run the command localnet");
  }
  return { configPath, overrides: configOverrides(given) };
}
