import { formatNote } from "../../../config/config-error.ts";
import { migrateConfig } from "../../../config/migrate-config.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { readInput, writeOutput } from "../../files.ts";
import { configFile } from "./check.ts";

interface Input {
  readonly file: string;
  /** Empty: standard output. */
  readonly out: string;
}

export const configMigrate = defineCommand<Input>({
  path: "config migrate",
  summary: "write a configuration of the 21.x form in the 26.1 form",
  notes:
    "An addition to the official command line. Keys that have no effect are left out, with a warning each.",
  args: [{ name: "file", summary: "the configuration; --config otherwise", isOptional: true }],
  options: [
    {
      name: "in",
      value: "FILE",
      summary: "the configuration, as releases 23.0 to 24.3 have it",
      isHidden: true,
    },
    { name: "out", value: "FILE", summary: "where to write; standard output by default" },
  ],
  resolve: (given) => ({ file: given.text("in") || configFile(given), out: given.text("out") }),
  run: async ({ file, out }, io) => {
    const { text, warnings } = migrateConfig((await readInput(file, "configuration")).toString("utf8"), file);
    for (const warning of warnings) io.err(`warning: ${formatNote(file, warning)}\n`);
    if (out === "") io.out(text);
    else await writeOutput(out, text, "the configuration to");
    return exitCode.ok;
  },
});
