import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { QanatError } from "../../codec/errors.ts";

/** File in a locked directory that the lock is on. It stays behind, empty. */
export const LOCK_FILE = "LOCK";

/**
 * Takes the exclusive lock of a directory for this process. The system gives it up when the process ends,
 * however it ends.
 *
 * Node has no file locks of its own; SQLite, which comes with it, takes one for its exclusive transactions.
 * @returns releases the lock
 * @throws QanatError `storage/locked` when another process, or this one, holds it
 */
export function lockDirectory(path: string): () => void {
  const database = new DatabaseSync(join(path, LOCK_FILE));
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new QanatError(
      "storage/locked",
      `${path} is in use by another process: stop that node, or choose another data directory`,
      { path },
      { cause },
    );
  }
  return () => database.close();
}
