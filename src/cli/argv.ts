import type { Command } from "./command.ts";
import { rootOptions } from "./options/root.ts";

/**
 * Rewrites what Go's flag library accepts and commander does not: `-a=VALUE`, and switches with a value
 * (`--wait=false`). Nothing after `--` is touched.
 */
export function normalizeArgv(argv: readonly string[], commands: readonly Command[]): string[] {
  const switches = [...commands.flatMap((command) => command.options), ...rootOptions].filter(
    (option) => option.value === undefined && option.default === undefined,
  );
  const names = new Set(switches.flatMap(({ name, short }) => [`--${name}`, `-${short}`]));
  const out: string[] = [];
  for (const [index, word] of argv.entries()) {
    if (word === "--") return [...out, ...argv.slice(index)];
    const [flag, value] = split(word);
    const isTruth = value === "true" || value === "false";
    if (value === null) out.push(word);
    else if (isTruth && names.has(flag)) out.push(...(value === "true" ? [flag] : []));
    else if (flag.startsWith("--")) out.push(word);
    else out.push(flag, value);
  }
  return out;
}

/** A flag and the value that an equals sign gives it; null for none, and for words that are no flags. */
function split(word: string): [flag: string, value: string | null] {
  const match = /^(-[A-Za-z]|--[^=]+)=(.*)$/s.exec(word);
  return match === null ? [word, null] : [match[1]!, match[2]!];
}
