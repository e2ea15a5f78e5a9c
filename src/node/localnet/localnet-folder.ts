import { accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { QanatError } from "../../codec/errors.ts";
import { makeFolder } from "../../crypto/make-folder.ts";
import { LOCK_FILE, lockDirectory } from "../../storage/environment/directory-lock.ts";
import type { LocalnetPaths } from "./localnet-files.ts";

/**
 * Takes the folder of a local network for this process, making it when it is not there.
 * @returns gives it up again
 * @throws QanatError `localnet/running` when a local network runs in it, `localnet/foreign` when it holds something else
 */
export function takeFolder(paths: LocalnetPaths): () => void {
  const { dir } = paths;
  makeUsable(dir);
  const isOurs = existsSync(paths.settings) || existsSync(paths.unfinished);
  if (!isOurs && readdirSync(dir).some((name) => !isOfLock(name))) {
    throw new QanatError(
      "localnet/foreign",
      `${dir} is not empty and holds no local network. Choose an empty or a new folder with --dir.`,
    );
  }
  let unlock: () => void;
  try {
    unlock = lockDirectory(dir);
  } catch (cause) {
    if (!(cause instanceof QanatError)) throw cause;
    throw new QanatError(
      "localnet/running",
      `a local network runs in ${dir} already, in another process. Stop it, or choose another folder with --dir.`,
      {},
      { cause },
    );
  }
  // A network that was killed did not remove it.
  rmSync(paths.ready, { force: true });
  return unlock;
}

/** The lock's file, or what its library keeps beside it: `LOCK-journal` stays behind where the process was killed. */
function isOfLock(name: string): boolean {
  return name.startsWith(LOCK_FILE);
}

function makeUsable(dir: string): void {
  try {
    makeFolder(dir);
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new QanatError("localnet/folder", `${dir}: ${folderReasons[code ?? ""] ?? message}`, {}, { cause });
  }
}

const again = "choose another folder with --dir";
const folderReasons: Readonly<Record<string, string>> = {
  EEXIST: `this is a file, not a folder; ${again}`,
  ENOTDIR: `a part of the path is a file; ${again}`,
  EACCES: `permission denied; ${again}, or run as the user whom it belongs to`,
  EROFS: `the file system is read-only; ${again}`,
  ENOENT: `no folder can be made there; ${again}`,
};

/**
 * Notes that a set-up begins, and removes what an interrupted one has left: it means nothing without the documents that
 * are written last.
 */
export function beginSetUp(paths: LocalnetPaths): void {
  writeFileSync(paths.unfinished, "The set-up of the local network in this folder has not ended.\n");
  for (const name of readdirSync(paths.dir)) {
    if (isOfLock(name) || name === basename(paths.unfinished)) continue;
    rmSync(join(paths.dir, name), { recursive: true });
  }
}

/** The settings are written. */
export function endSetUp(paths: LocalnetPaths): void {
  rmSync(paths.unfinished);
}
