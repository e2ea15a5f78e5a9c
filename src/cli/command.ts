import type { Given } from "./given.ts";
import type { Io } from "./io.ts";

/**
 * A flag. Without `value` it is a switch, on by default when `default` is `true`; with it, it takes a value and
 * `default` is the text used when it is absent.
 */
export interface OptionSpec {
  /** Name without dashes, as the official command line spells it: `transaction.fee.gas`. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What the value is, in the help: `FILE`. */
  readonly value?: string;
  /** May be given several times, and each time several values separated by commas. */
  readonly isList?: boolean;
  readonly default?: string;
  readonly summary: string;
  /** Not in the help: for tests and for flags that only exist so that old scripts work. */
  readonly isHidden?: boolean;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  readonly isOptional?: boolean;
  /** Takes all that follow. */
  readonly isRest?: boolean;
}

/** One command, as data: the program, the help and the reference page are made from these. */
export interface Command<Input = unknown> {
  /** Words after the program name: `stake account info`. */
  readonly path: string;
  readonly summary: string;
  /** More for the reference page: meaning of the output, exit codes. */
  readonly notes?: string;
  readonly args?: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** Turns what was typed into what the command needs. Pure. @throws UsageError */
  resolve(given: Given): Input;
  /** Does it. The result is the exit code, 0 when there is none. */
  run(input: Input, io: Io): Promise<number | undefined>;
}

/** Ties the type of a command's input together and forgets it again, so that commands fit into one list. */
export function defineCommand<Input>(command: Command<Input>): Command {
  return command as Command;
}
