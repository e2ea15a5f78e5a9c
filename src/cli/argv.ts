import type { Command } from "./command.ts";
import { rootOptions } from "./options/root.ts";

/**
 * Rewrites what Go's flag library accepts and commander does not: `-a=VALUE`, and switches with a value
 * (`--wait=false`). Nothing after `--` is touched.
 */
export function normalizeArgv(argv: readonly string[], commands: readonly Command[]): string[] {
  const switches = new Set(
    [...commands.flatMap((command) => command.options), ...rootOptions]
      .filter((option) => option.value === undefined && option.default === undefined)
      .map((option) => option.name),
  );
  const out: string[] = [];
  for (const [index, word] of argv.entries()) {
    if (word === "--") return [...out, ...argv.slice(index)];
    const short = /^(-[A-Za-z])=(.*)$/s.exec(word);
    const long = /^--([^=]+)=(true|false)$/.exec(word);
    if (short !== null) out.push(short[1]!, short[2]!);
    else if (long !== null && switches.has(long[1]!)) {
      if (long[2] === "true") out.push(`--${long[1]}`);
    } else out.push(word);
  }
  return out;
}
