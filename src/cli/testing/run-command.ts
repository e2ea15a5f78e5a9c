import { runCommand } from "../commands/run.ts";
import { commandGroups, commandsFor } from "../commands.ts";
import type { Io } from "../io.ts";
import { runProgram } from "../program.ts";

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process, as a terminal on which a person answers as told. */
export async function run(
  argv: readonly string[],
  options: { readonly answer?: boolean; readonly signal?: AbortSignal } = {},
): Promise<CommandResult> {
  let out = "";
  let err = "";
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isInteractive: options.answer !== undefined,
    confirm: async (question) => {
      out += question;
      return options.answer ?? true;
    },
    signal: options.signal ?? new AbortController().signal,
  };
  const code = await runProgram(
    { name: "oasis-node", commands: await commandsFor(argv), root: runCommand, groups: commandGroups },
    argv,
    io,
  );
  return { code, out, err };
}
