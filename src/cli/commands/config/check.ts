import { formatNote } from "../../../config/config-error.ts";
import { loadConfig } from "../../../config/load-config.ts";
import { defineCommand } from "../../command.ts";
import { exitCode, UsageError } from "../../errors.ts";
import type { Given } from "../../given.ts";

export const configCheck = defineCommand<string>({
  path: "config check",
  summary: "check a configuration file, of the 21.x or the 26.1 form",
  notes:
    "An addition to the official command line. Warnings name keys that have no effect. Exits with 1 when a node would " +
    "not start with the file.",
  args: [{ name: "file", summary: "the configuration; --config otherwise", isOptional: true }],
  options: [],
  resolve: configFile,
  run: async (file, io) => {
    const { warnings, form } = await loadConfig(file, { environment: process.env });
    for (const warning of warnings) io.err(`warning: ${formatNote(file, warning)}\n`);
    const count = warnings.length === 0 ? "no warnings" : `${warnings.length} warning(s)`;
    io.out(`${file} is valid (${form === "classic" ? "21.x" : form} form, ${count})\n`);
    return exitCode.ok;
  },
});

/** The file that a `config` command is about. @throws UsageError */
export function configFile(given: Given): string {
  const file = given.args[0] ?? given.text("config");
  if (file === "") throw new UsageError("which configuration file?");
  return file;
}
