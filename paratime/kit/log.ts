import { writeSync } from "node:fs";

const LEVELS = { debug: "DEBG", info: "INFO", warn: "WARN", error: "ERRO" } as const;

const STANDARD_OUTPUT = 1;

/**
 * Writes a line to the ParaTime's log, in the form that hosts read (facts/runtime.md section 2).
 *
 * @param fields further members; what is not JSON becomes text
 */
export function log(
  level: keyof typeof LEVELS,
  module: string,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  const line = { msg: message, level: LEVELS[level], ts: new Date().toISOString(), module, ...fields };
  try {
    writeSync(STANDARD_OUTPUT, `${JSON.stringify(line, asText)}\n`);
  } catch {
    // The host reads no log at the moment; work is more important.
  }
}

function asText(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
