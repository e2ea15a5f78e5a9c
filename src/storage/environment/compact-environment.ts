import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { QanatError } from "../../codec/errors.ts";
import { lockDirectory } from "./directory-lock.ts";
import { COPY_FOLDER, DATA_FILE, openRoot, systemError, takenBytes } from "./lmdb-environment.ts";

/** Space that a database's file takes, in bytes. */
export interface Compacted {
  readonly before: number;
  readonly after: number;
}

/**
 * Writes the database in a directory anew without the space that deletions left free, and puts it in the place of the
 * old one. A stop at any moment leaves one of the two.
 * @throws QanatError `storage/locked` when a process has it open, `storage/disk-full` when there is no room for the copy,
 *   and as openEnvironment
 */
export async function compactEnvironment(path: string): Promise<Compacted> {
  const unlock = lockDirectory(path);
  const copy = join(path, COPY_FOLDER);
  try {
    rmSync(copy, { recursive: true, force: true });
    const before = takenBytes(path);
    const { bavail, bsize } = statfsSync(path);
    if (bavail * bsize < before) {
      const text = `the database in ${path} may need ${before} bytes for its copy, the disk has ${bavail * bsize} left`;
      throw new QanatError("storage/disk-full", text, { path });
    }
    mkdirSync(copy, { mode: 0o700 });
    await copyCompacted(path, copy);
    flush(join(copy, DATA_FILE));
    renameSync(join(copy, DATA_FILE), join(path, DATA_FILE));
    flush(path);
    return { before, after: takenBytes(path) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
    unlock();
  }
}

async function copyCompacted(path: string, copy: string): Promise<void> {
  const root = openRoot(path, { readonly: true });
  try {
    await root.backup(copy, true);
  } catch (error) {
    throw systemError(error, path);
  } finally {
    await root.close();
  }
}

/** Makes the content of a file, or the names in a directory, durable. */
function flush(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
