import { CommanderError, Option, Command as Program } from "commander";
import { normalizeArgv } from "./argv.ts";
import type { Command, OptionSpec } from "./command.ts";
import { CommandError, errorText, exitCode, UsageError } from "./errors.ts";
import { Given, type GivenValue, type TypedFlag } from "./given.ts";
import type { Io } from "./io.ts";
import { rootOptions } from "./options/root.ts";
import { versionText } from "./version-text.ts";

export interface ProgramOptions {
  readonly name: string;
  readonly commands: readonly Command[];
  /** The command that runs when none is named. */
  readonly root: Command;
  /** One line per group of commands, by path. */
  readonly groups: Readonly<Record<string, string>>;
}

/** Runs one command line; the result is the exit code. Never throws, never exits. */
export async function runProgram(options: ProgramOptions, argv: readonly string[], io: Io): Promise<number> {
  let code: number = exitCode.ok;
  const program = buildProgram(options, io, async (command, given) => {
    code = (await command.run(command.resolve(given), io)) ?? exitCode.ok;
  });
  try {
    await program.parseAsync(normalizeArgv(argv, [...options.commands, options.root]), { from: "user" });
    return code;
  } catch (error) {
    return report(error, io);
  }
}

/** Writes an error for people; the result is the exit code. A mistake of the program itself shows its stack. */
function report(error: unknown, io: Io): number {
  // Commander has written its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.failed;
  const isOurMistake = error instanceof TypeError || error instanceof ReferenceError;
  io.err(isOurMistake ? `Internal error: ${error.stack}\n` : `Error: ${errorText(error)}\n`);
  if (error instanceof UsageError) io.err("Run the command with --help to see its options.\n");
  return error instanceof CommandError ? error.exitCode : exitCode.failed;
}

type Run = (command: Command, given: Given) => Promise<void>;

function buildProgram({ name, commands, root, groups }: ProgramOptions, io: Io, run: Run): Program {
  const program = newProgram(name, io).description(root.summary);
  program.version(versionText(), "-v, --version", "show versions");
  // Flags before a command are the program's, flags after it the command's: `-v` is both.
  program.enablePositionalOptions();
  configure(program, root, run);
  // `oasis-node typo` must not start a node.
  program.argument("[command]").action(async (word: string | undefined) => {
    if (word !== undefined) throw new UsageError(`unknown command "${word}" for "${name}"`);
    await run(root, givenOf(program, root, [], []));
  });
  for (const command of commands) {
    const words = command.path.split(" ");
    const parent = groupOf(program, words.slice(0, -1), groups, io);
    const leaf = newProgram(words.at(-1)!, io).description(command.summary);
    configure(leaf, command, run);
    parent.addCommand(leaf);
  }
  return program;
}

function newProgram(name: string, io: Io): Program {
  return new Program(name)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .showHelpAfterError("Run the command with --help to see its options.");
}

/** The group command of a path; a group alone, or with a word that is none of its commands, prints its help. */
function groupOf(
  program: Program,
  words: readonly string[],
  groups: Readonly<Record<string, string>>,
  io: Io,
): Program {
  let parent = program;
  for (const [index, word] of words.entries()) {
    const known = parent.commands.find((candidate) => candidate.name() === word);
    const group = known ?? newProgram(word, io);
    if (known === undefined) {
      const path = words.slice(0, index + 1).join(" ");
      group.description(groups[path] ?? "");
      group.allowExcessArguments().action(() => {
        const [typo] = group.args;
        if (typo !== undefined) io.err(`Unknown command "${typo}" for "${program.name()} ${path}".\n`);
        group.outputHelp();
      });
      parent.addCommand(group);
    }
    parent = group;
  }
  return parent;
}

function configure(program: Program, command: Command, run: Run): void {
  const names = new Set(command.options.map((option) => option.name));
  const listed: TypedFlag[] = [];
  for (const option of command.options) {
    program.addOption(commanderOption(option, false));
    if (option.isList) {
      program.on(`option:${option.name}`, (value: string) => listed.push({ name: option.name, value }));
    }
  }
  // Flags of the program may stand anywhere, as in the official command line.
  for (const option of rootOptions) {
    if (!names.has(option.name)) program.addOption(commanderOption(option, true));
  }
  for (const { name, summary, isOptional, isRest } of command.args ?? []) {
    const dots = isRest ? "..." : "";
    program.argument(isOptional ? `[${name}${dots}]` : `<${name}${dots}>`, summary);
  }
  if (command.path === "") return;
  program.action(async () => {
    await run(command, givenOf(program, command, program.args, listed));
  });
}

function commanderOption(spec: OptionSpec, hide: boolean): Option {
  const isSwitch = spec.value === undefined;
  // A switch that is on by default is turned off by a value.
  const value = isSwitch ? (spec.default === undefined ? "" : " [true|false]") : ` <${spec.value}>`;
  const option = new Option(
    `${spec.short === undefined ? "" : `-${spec.short}, `}--${spec.name}${value}`,
    spec.summary,
  );
  if (spec.isList) {
    // The first value that is typed replaces the default.
    option.argParser((text: string, before: unknown) => [
      ...(Array.isArray(before) ? before : []),
      ...text.split(","),
    ]);
  }
  if (spec.default !== undefined) option.default(spec.default);
  return spec.isHidden || hide ? option.hideHelp() : option;
}

function givenOf(
  program: Program,
  command: Command,
  args: readonly string[],
  listed: readonly TypedFlag[],
): Given {
  const values = new Map<string, GivenValue>();
  const typed = new Set<string>();
  for (const spec of [...rootOptions, ...command.options]) {
    const key = commanderOption(spec, false).attributeName();
    for (let at: Program | null = program; at !== null; at = at.parent) {
      const value = at.getOptionValue(key) as GivenValue | undefined;
      const isTyped = at.getOptionValueSource(key) === "cli";
      if (value !== undefined && (isTyped || !values.has(spec.name))) values.set(spec.name, value);
      if (isTyped) typed.add(spec.name);
      if (isTyped) break;
    }
  }
  return new Given(args, values, typed, listed);
}
