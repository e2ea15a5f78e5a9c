import { runCommand } from "./commands/run.ts";
import { commandGroups, commands } from "./commands.ts";
import { processIo } from "./io.ts";
import { runProgram } from "./program.ts";
import { stopSignal } from "./stop-signal.ts";

// The one place that ends the process.
const io = processIo(stopSignal());
process.exitCode = await runProgram(
  { name: "oasis-node", commands, root: runCommand, groups: commandGroups },
  process.argv.slice(2),
  io,
);
// Waits until what was written has left the process, whatever handles are still open.
process.stdout.write("", () => process.stderr.write("", () => process.exit()));
