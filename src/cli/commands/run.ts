import { defineCommand } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import type { Given } from "../given.ts";
import { rootOptions } from "../options/root.ts";

interface Input {
  readonly configPath: string;
  readonly overrides: ReadonlyMap<string, string>;
  readonly debug: {
    readonly dontBlameOasis: boolean;
    readonly allowTestKeys: boolean;
    readonly allowRoot: boolean;
  };
}

/** Flags that stand for keys of the classic configuration file. */
const OVERRIDES = ["datadir", "log.level", "log.format", "log.file"];

/** The program without a command: runs a node. */
export const runCommand = defineCommand<Input>({
  path: "",
  summary: "a node for the Oasis Network's ParaTimes",
  options: rootOptions,
  resolve: resolveRun,
  run: async (input, io) => {
    throw new CommandError(`not built yet: ${JSON.stringify(input)} ${io.isInteractive}`);
  },
});

/** @internal for tests */
export function resolveRun(given: Given): Input {
  const configPath = given.text("config");
  if (configPath === "") throw new UsageError("--config FILE is missing; see also the command `localnet`");
  return {
    configPath,
    overrides: new Map(
      OVERRIDES.filter((name) => given.isTyped(name)).map((name) => [name, given.text(name)]),
    ),
    debug: {
      dontBlameOasis: given.switch("debug.dont_blame_oasis"),
      allowTestKeys: given.switch("debug.allow_test_keys"),
      allowRoot: given.switch("debug.allow_root"),
    },
  };
}
