import type { Command } from "../command.ts";
import { rootOptions } from "../options/root.ts";

/** What may follow some words of a command line. */
export interface CompletionWords {
  /** Words of the command or group, `control status`; empty for the program itself. */
  readonly path: string;
  /** Next words. */
  readonly words: readonly string[];
  /** Flags, with dashes. */
  readonly flags: readonly string[];
}

/** What may be typed where, as data for the scripts of the shells. Hidden flags are left out. */
export function completionWords(
  commands: readonly Command[],
  groups: Readonly<Record<string, string>>,
): CompletionWords[] {
  const paths = [...Object.keys(groups), ...commands.map(({ path }) => path)];
  const root = flagsOf(rootOptions);
  return ["", ...paths].map((path) => {
    const own = commands.find((command) => command.path === path)?.options ?? [];
    return {
      path,
      words: [...new Set(paths.flatMap((other) => nextWord(path, other)))].sort(),
      flags: [...new Set([...flagsOf(own), ...root, "--help"])].sort(),
    };
  });
}

/** The word after a path in a longer one. */
function nextWord(path: string, other: string): string[] {
  const start = path === "" ? "" : `${path} `;
  if (other === path || !other.startsWith(start)) return [];
  return [other.slice(start.length).split(" ")[0]!];
}

function flagsOf(options: Command["options"]): string[] {
  return options.filter(({ isHidden }) => isHidden !== true).map(({ name }) => `--${name}`);
}
