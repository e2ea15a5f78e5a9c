import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { QanatError } from "../../codec/errors.ts";
import type { ExitReason } from "../node.ts";
import type { LocalnetEvent } from "./localnet-events.ts";
import { type LocalnetPaths, type LocalnetSettings, localnetPaths, readSettings } from "./localnet-files.ts";
import { takeFolder } from "./localnet-folder.ts";
import { runOnlyNode } from "./run-only-node.ts";
import { setUpLocalnet } from "./set-up-localnet.ts";

export interface LocalnetOptions {
  /** Folder of the network; made when it is not there, continued when it is. */
  readonly dir: string;
  /** ELF or bundle for a new network; null: the demo. An existing network keeps the one it was made with. */
  readonly paratime: string | null;
  /** Time between blocks in milliseconds; null: as fast as transactions come, at least one a second. */
  readonly blockTimeMs: number | null;
  /** Nodes that sign blocks, 1 to `MAX_VALIDATORS`; null: as many as an existing network has, one for a new one. */
  readonly validators: number | null;
  /** How many of them run the ParaTime; null: as many as an existing network has, one for a new one. */
  readonly compute: number | null;
}

export interface LocalnetDeps {
  /** Ends the network. */
  readonly signal: AbortSignal;
  report(event: LocalnetEvent): void;
}

/** What `npm run setup` builds. */
const demoParaTime = fileURLToPath(new URL("../../../build/keyvalue", import.meta.url));

/**
 * Sets a local network up where there is none yet, and runs its nodes: one in this process, several in processes of
 * their own. Ends when the nodes do, or when `signal` aborts.
 */
export async function runLocalnet(options: LocalnetOptions, deps: LocalnetDeps): Promise<ExitReason> {
  const paths = localnetPaths(options.dir);
  const giveUpFolder = takeFolder(paths);
  try {
    const reason = await runInFolder(paths, options, deps);
    deps.report({ event: "stopped", reason: reason.kind === "failed" ? reason.message : "asked to" });
    return reason;
  } finally {
    rmSync(paths.ready, { force: true });
    giveUpFolder();
  }
}

async function runInFolder(
  paths: LocalnetPaths,
  options: LocalnetOptions,
  deps: LocalnetDeps,
): Promise<ExitReason> {
  const found = readSettings(paths);
  const settings = found === null ? await newNetwork(paths, options, deps) : continued(found, options);
  if (settings.validators === 1) return await runOnlyNode(paths, settings, deps);
  const { runNodes } = await import("./run-nodes.ts");
  return await runNodes(paths, settings, deps);
}

function newNetwork(
  paths: LocalnetPaths,
  { paratime, blockTimeMs, validators: wanted, compute: wantedCompute }: LocalnetOptions,
  { report }: LocalnetDeps,
): Promise<LocalnetSettings> {
  const validators = wanted ?? 1;
  const compute = wantedCompute ?? 1;
  if (compute > validators) {
    const message = `${compute} nodes cannot run the ParaTime where there are ${validators}: name at least as many validators`;
    throw new QanatError("localnet/compute", message);
  }
  return setUpLocalnet(
    { paths, paratime: resolve(paratime ?? demoParaTime), blockTimeMs, validators, compute },
    { progress: (step) => report({ event: "progress", step }) },
  );
}

/** An existing network goes on as it was made; another program for its ParaTime may be named. */
function continued(
  found: LocalnetSettings,
  { dir, paratime, blockTimeMs, validators, compute }: LocalnetOptions,
): LocalnetSettings {
  const refuse = (code: string, made: string) => {
    const message = `the network in ${dir} was made with ${made}, which is in its genesis document. Choose another folder with --dir, or remove this one.`;
    return new QanatError(code, message);
  };
  if (blockTimeMs !== null && blockTimeMs !== found.blockTimeMs) {
    const made = found.blockTimeMs === null ? "blocks on demand" : `a block time of ${found.blockTimeMs} ms`;
    throw refuse("localnet/block-time", made);
  }
  if (validators !== null && validators !== found.validators) {
    throw refuse(
      "localnet/validators",
      found.validators === 1 ? "one validator" : `${found.validators} validators`,
    );
  }
  if (compute !== null && compute !== found.compute) {
    const made = found.compute === 1 ? "one node that computes" : `${found.compute} nodes that compute`;
    throw refuse("localnet/compute", made);
  }
  return paratime === null ? found : { ...found, paratime: resolve(paratime) };
}
