import { configJsonSchema } from "../../../config/reference/json-schema.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";

export const configSchema = defineCommand<null>({
  path: "config schema",
  summary: "print the JSON Schema of configuration files of the 26.1 form",
  notes: "An addition to the official command line. Editors check files against it.",
  options: [],
  resolve: () => null,
  run: async (_, io) => {
    io.out(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    return exitCode.ok;
  },
});
