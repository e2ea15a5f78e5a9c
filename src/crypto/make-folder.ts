import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it that are missing, for this user alone.
 *
 * `mkdirSync` with `recursive` never comes back on file systems that answer "no such file" when a folder cannot be made in
 * an existing one, as /proc does.
 * @throws the system's error; `EEXIST` when there is a file
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && !isThere(dirname(path))) {
      makeFolder(dirname(path));
      mkdirSync(path, { mode: 0o700 });
    } else if (!isFolder(path)) throw error;
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}
