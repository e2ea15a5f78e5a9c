import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { storePath } from "../../node/storage/node-store.ts";
import { lockDirectory } from "../../storage/environment/directory-lock.ts";
import { defineCommand } from "../command.ts";
import { CommandError, exitCode, UsageError } from "../errors.ts";
import type { Given } from "../given.ts";
import { forceOption } from "../options/common.ts";
import { datadirInput, datadirOptions } from "../options/datadir.ts";
import { refuseWhenLocked } from "../with-node-store.ts";

interface Input {
  readonly dataDir: string;
  readonly force: boolean;
  readonly isDryRun: boolean;
}

const PRESERVED = ["preserve.local_storage", "preserve.mkvs_database"] as const;

export const unsafeReset = defineCommand<Input>({
  path: "unsafe-reset",
  summary: "delete what a node has stored, so that it begins anew (UNSAFE)",
  notes:
    "The keys stay. What the ParaTimes keep on this node lies in one database with the rest and cannot be preserved alone: " +
    "both --preserve flags must be given as false. A validator also forgets what it has signed: it must not validate again " +
    "before it has all blocks of the network, or it may sign a height twice and be slashed. The node must not run.",
  options: [
    ...datadirOptions,
    { ...forceOption, summary: "also where the folder does not look like a data directory" },
    { name: "dry_run", short: "n", summary: "only say what would be deleted" },
    { name: PRESERVED[0], default: "true", summary: "keep the ParaTimes' own storage" },
    { name: PRESERVED[1], default: "true", summary: "keep the states of the ParaTimes" },
  ],
  resolve: resolveUnsafeReset,
  run: async ({ dataDir, force, isDryRun }, io) => {
    const looksRight = ["consensus", "identity_pub.pem"].every((name) => existsSync(join(dataDir, name)));
    if (!looksRight && !force) {
      throw new CommandError(
        `${dataDir} does not look like an oasis-node data directory, not removing any files. Use --force to run the command regardless.`,
      );
    }
    const store = storePath(dataDir);
    const unlock = existsSync(store)
      ? await refuseWhenLocked("a reset can only be done when the node is not running", () =>
          lockDirectory(store),
        )
      : () => {};
    try {
      for (const path of storedIn(dataDir)) {
        io.out(`${isDryRun ? "would remove" : "removing"} ${path}\n`);
        if (!isDryRun) rmSync(path, { recursive: true });
      }
    } finally {
      unlock();
    }
    return exitCode.ok;
  },
});

function resolveUnsafeReset(given: Given): Input {
  const dataDir = datadirInput(given);
  const preserved = PRESERVED.filter((name) => given.switch(name));
  if (preserved.length > 0) {
    throw new UsageError(
      `one database holds all that the node has stored, so nothing of it can be preserved alone; if all of it shall go, give ${preserved.map((name) => `--${name}=false`).join(" ")}`,
    );
  }
  return { dataDir, force: given.switch("force"), isDryRun: given.switch("dry_run") };
}

/** What a node makes in its data directory, keys, logs and unpacked bundles left out. */
function storedIn(dataDir: string): string[] {
  const runtimes = join(dataDir, "runtimes");
  const checkpoints = existsSync(runtimes)
    ? readdirSync(runtimes).map((name) => join(runtimes, name, "checkpoints"))
    : [];
  return [storePath(dataDir), join(dataDir, "consensus"), ...checkpoints].filter((path) => existsSync(path));
}
