import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { bundleScript } from "./bundle-script.ts";
import { injectNote, type Patch } from "./inject-note.ts";

/** Name of the note in which Node looks for its script, and the mark in the executable that makes it look. */
const SCRIPT_NOTE = "NODE_SEA_BLOB";
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:";

/**
 * Options of the engine inside a ParaTime: little memory, and no helper threads beyond what it cannot do without,
 * since a validator may run many ParaTimes.
 */
const ENGINE_OPTIONS = ["--max-semi-space-size=4", "--v8-pool-size=1"];

export interface ExecutableOptions {
  /** The script's entry file. */
  entry: string;
  /** Where the executable goes. */
  output: string;
  /** The Node that becomes the executable; default is the one that runs this. */
  node?: string;
}

/** Whether the executable was built anew, or is what its sources would give. */
export type BuildOutcome = "built" | "current";

/**
 * Builds a TypeScript program into one Linux executable: the program as one script, put into a copy of Node as a
 * single executable application, with its code compiled beforehand so that it starts fast.
 *
 * Nothing is done when neither the script nor Node changed since the last time.
 *
 * @throws Error when a source is faulty or Node refuses it
 */
export async function buildExecutable(options: ExecutableOptions): Promise<BuildOutcome> {
  const { entry, output, node = process.execPath } = options;
  const script = await bundleScript(entry);
  const stamp = stampOf(script, node);
  const stampFile = `${output}.stamp`;
  if (existsSync(output) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp)
    return "current";

  const folder = join(output, "..");
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, ".build-"));
  try {
    const prepared = prepareScript(work, script, node);
    const original = readFileSync(node);
    const built = join(work, "executable");
    // A copy shares the original's blocks where the file system can.
    copyFileSync(node, built, constants.COPYFILE_FICLONE);
    writePatches(built, [fusePatch(original), ...injectNote(original, SCRIPT_NOTE, prepared)]);
    chmodSync(built, 0o755);
    // The stamp last: an executable without one is built again.
    rmSync(stampFile, { force: true });
    renameSync(built, output);
    writeFileSync(stampFile, stamp);
    return "built";
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Lets Node turn the script into what it wants to find in the note, compiled code included. */
function prepareScript(work: string, script: string, node: string): Uint8Array {
  // Names without folders: they end up in the executable and in its stack traces.
  const config = {
    main: "paratime.cjs",
    output: "paratime.blob",
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    execArgv: ENGINE_OPTIONS,
    execArgvExtension: "none",
  };
  writeFileSync(join(work, config.main), script);
  writeFileSync(join(work, "config.json"), JSON.stringify(config));
  const result = spawnSync(node, [...ENGINE_OPTIONS, "--experimental-sea-config", "config.json"], {
    cwd: work,
    encoding: "utf8",
    env: {},
  });
  if (result.status !== 0) throw new Error(`Node could not prepare the script: ${result.stderr}`);
  return readFileSync(join(work, config.output));
}

/** Changes the mark from 0 to 1. */
function fusePatch(executable: Buffer): Patch {
  const offset = executable.indexOf(FUSE) + FUSE.length;
  if (offset < FUSE.length || executable[offset] !== 0x30)
    throw new Error("this Node cannot become a single executable application");
  return { offset, bytes: Uint8Array.of(0x31) };
}

function writePatches(path: string, patches: readonly Patch[]): void {
  const descriptor = openSync(path, "r+");
  try {
    for (const { offset, bytes } of patches) {
      for (let at = 0; at < bytes.length; )
        at += writeSync(descriptor, bytes, at, bytes.length - at, offset + at);
    }
  } finally {
    closeSync(descriptor);
  }
}

function stampOf(script: string, node: string): string {
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  const hash = createHash("sha256").update(script).update(JSON.stringify(ENGINE_OPTIONS));
  return `${version} ${hash.digest("hex")}\n`;
}
