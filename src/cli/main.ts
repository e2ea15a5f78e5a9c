import { runCommand } from "./commands/run.ts";
import { commandGroups, commandsFor } from "./commands.ts";
import { processIo } from "./io.ts";
import { runProgram } from "./program.ts";
import { stopSignal } from "./stop-signal.ts";

/** Runs the command line of this process and ends it: the one place that does. */
const argv = process.argv.slice(2);
const code = await runProgram(
  { name: "oasis-node", commands: await commandsFor(argv), root: runCommand, groups: commandGroups },
  argv,
  processIo(stopSignal()),
);
// What was written must have left the process before it ends, whatever is still open.
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code);

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", () => resolve());
  });
}
