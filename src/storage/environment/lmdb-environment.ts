import { closeSync, mkdirSync, openSync, readSync, rmSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import { equal, fromUtf8, utf8 } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { lockDirectory } from "./directory-lock.ts";
import { type Environment, FORMAT_VERSION } from "./environment.ts";
import { closedError, LmdbTable } from "./lmdb-table.ts";
import type { Table, TableDefinition } from "./table.ts";
import { withoutTypes } from "./table-key.ts";

export interface EnvironmentOptions {
  /** Bytes of address space to begin with; grows by itself. */
  readonly mapSize?: number;
  /** Only read; another process may have it open. */
  readonly readonly?: boolean;
}

/** Most tables an environment can have, each scope counted: the declared ones for the chain and 50 ParaTimes. */
const MAX_TABLES = 512;
/** Table with the one entry that says which format the database has. */
const FORMAT_TABLE = "format";
const FORMAT_KEY = "version";
/** File of a database's directory that all its content is in. */
export const DATA_FILE = "data.mdb";
/** Folder in a database's directory for the copy that a compaction makes; of no use after it. */
export const COPY_FOLDER = "compact";
/** LMDB's magic number and data version, little-endian, as they stand behind the first page header. */
const META_START = Uint8Array.of(0xde, 0xc0, 0xef, 0xbe, 2, 0, 0, 0);
/** Unit in which the system counts the space of files. */
const BLOCK_BYTES = 512;
const EIO = 5;
const ENOSPC = 28;
const EDQUOT = 122;
const MDB_MAP_FULL = -30792;
/** A write that fails with less than this left fails for lack of space. */
const NEARLY_FULL_BYTES = 32 << 20;

/**
 * Opens, or makes, the database in a directory. One process at a time may have it open for writing.
 *
 * Every transaction is one synchronous write to disk; a process or machine that stops at any moment leaves the
 * state after the last finished one.
 * @throws QanatError `storage/locked` when another process has it open, `storage/format` when it was written in
 *   another format, `storage/damaged` when the file is not a database, `storage/open` when it cannot be opened
 */
export function openEnvironment(path: string, options: EnvironmentOptions = {}): Environment {
  const readonly = options.readonly ?? false;
  if (!readonly) mkdirSync(path, { recursive: true, mode: 0o700 });
  const unlock = readonly ? () => {} : lockDirectory(path);
  try {
    if (!readonly) rmSync(join(path, COPY_FOLDER), { recursive: true, force: true });
    return new LmdbEnvironment(path, openRoot(path, options), readonly, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Opens the database in a directory whose lock the caller has. @throws QanatError as {@link openEnvironment} */
export function openRoot(path: string, options: EnvironmentOptions): RootDatabase<Uint8Array, string> {
  const readOnly = options.readonly ?? false;
  try {
    checkFile(join(path, DATA_FILE));
    const root = open<Uint8Array, string>({
      path,
      readOnly,
      maxDbs: MAX_TABLES,
      encoding: "binary",
      ...(options.mapSize === undefined ? {} : { mapSize: options.mapSize }),
    });
    try {
      checkFormat(root, path, readOnly);
    } catch (error) {
      void root.close();
      throw error;
    }
    return root;
  } catch (cause) {
    if (cause instanceof QanatError) throw cause;
    throw new QanatError(
      "storage/open",
      `cannot open the database in ${path}: ${cause}`,
      { path },
      { cause },
    );
  }
}

class LmdbEnvironment implements Environment {
  readonly readonly: boolean;
  readonly #path: string;
  readonly #root: RootDatabase<Uint8Array, string>;
  readonly #unlock: () => void;
  readonly #tables = new Map<string, LmdbTable>();
  #inTransaction = false;
  #closed = false;

  constructor(path: string, root: RootDatabase<Uint8Array, string>, readonly: boolean, unlock: () => void) {
    this.#path = path;
    this.#root = root;
    this.readonly = readonly;
    this.#unlock = unlock;
  }

  table<K extends readonly unknown[], V>(definition: TableDefinition<K, V>, scope = ""): Table<K, V> {
    this.#checkOpen();
    const name = scope === "" ? definition.name : `${definition.name}/${scope}`;
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new LmdbTable(this, this.#root, name, withoutTypes(definition));
      this.#tables.set(name, table);
    }
    return table as unknown as Table<K, V>;
  }

  transaction<T>(body: () => T): T {
    this.#checkOpen();
    if (this.#inTransaction) return body();
    if (this.readonly) throw new QanatError("storage/readonly", "the database is open for reading only");
    this.#inTransaction = true;
    try {
      return this.#root.transactionSync(body);
    } catch (error) {
      throw systemError(error, this.#path);
    } finally {
      this.#inTransaction = false;
    }
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    await this.#root.flushed;
  }

  size(): number {
    this.#checkOpen();
    return [...this.#tables.values()].reduce((sum, table) => sum + table.size(), 0);
  }

  fileSize(): number {
    this.#checkOpen();
    return takenBytes(this.#path);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const table of this.#tables.values()) table.close();
    await this.#root.close();
    this.#unlock();
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}

/** Space that the file in a database's directory takes: less than its size where nothing was ever written. */
export function takenBytes(path: string): number {
  return statSync(join(path, DATA_FILE)).blocks * BLOCK_BYTES;
}

/** Refuses what is not a database of this kind: mapping such a file into memory would end the process. */
function checkFile(file: string): void {
  const header = new Uint8Array(32);
  let length: number;
  try {
    const descriptor = openSync(file, "r");
    try {
      length = readSync(descriptor, header);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return; // Nothing there yet, or not readable: opening says so.
  }
  // Both meta pages are written before anything else is; see LMDB's MDB_meta.
  if (length > 0 && (length < header.length || !equal(header.subarray(24), META_START))) {
    throw new QanatError("storage/damaged", `${file} is not a database of this version`, { file });
  }
}

function checkFormat(root: RootDatabase<Uint8Array, string>, path: string, readonly: boolean): void {
  // The table of the format alone is what a first start leaves that ended before it could write the version.
  const foreign = [...root.getKeys()].some((name) => name !== FORMAT_TABLE);
  const table: Database<Uint8Array, string> | undefined = root.openDB({
    name: FORMAT_TABLE,
    encoding: "binary",
  });
  const found = table?.get(FORMAT_KEY);
  if (found === undefined) {
    if (foreign || readonly) {
      throw new QanatError("storage/format", `the database in ${path} was not made by this program`, {
        path,
      });
    }
    table?.putSync(FORMAT_KEY, utf8(String(FORMAT_VERSION)));
    return;
  }
  const version = fromUtf8(found);
  if (version !== String(FORMAT_VERSION)) {
    throw new QanatError(
      "storage/format",
      `the database in ${path} has format ${version}, this version reads format ${FORMAT_VERSION}: start with an empty data directory or with the version that wrote it`,
      { path, version },
    );
  }
}

/** Gives an error of the system, which has its number as code, a text that says what to do about it. */
export function systemError(error: unknown, path: string): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== "number") return error;
  const kept = "nothing of the failed write was kept";
  // LMDB reports a write that was cut short, as on a full disk, as a plain I/O error.
  const full = code === ENOSPC || code === EDQUOT || code === MDB_MAP_FULL || (code === EIO && isFull(path));
  return full
    ? new QanatError(
        "storage/disk-full",
        `no space left for the database in ${path}: ${kept}`,
        { path },
        { cause: error },
      )
    : new QanatError(
        "storage/io",
        `the database in ${path} cannot be written: ${error}; ${kept}`,
        { path, code },
        { cause: error },
      );
}

function isFull(path: string): boolean {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize < NEARLY_FULL_BYTES;
}
