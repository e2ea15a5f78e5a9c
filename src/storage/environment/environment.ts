import type { Table, TableDefinition } from "./table.ts";

/** Number that changes with every change of the declared tables that older databases do not have. */
export const FORMAT_VERSION = 1;

/** A database with all tables of a node: on disk, or in memory for tests and tools. */
export interface Environment {
  readonly readonly: boolean;
  /**
   * Access to a declared table. `scope` keeps the entries of several owners apart, for example ParaTimes.
   * Tables are opened before the first transaction that uses them, not inside it.
   */
  table<K extends readonly unknown[], V>(definition: TableDefinition<K, V>, scope?: string): Table<K, V>;
  /**
   * Runs `body`; all writes in it are made, or, when it throws, none. Synchronous: when it returns the writes
   * are on disk. A transaction inside a transaction is part of the outer one.
   * @throws QanatError `storage/disk-full`, `storage/io`, `storage/readonly`, `storage/closed`, and whatever `body` throws
   */
  transaction<T>(body: () => T): T;
  /** Resolves when everything written so far is on disk. */
  flush(): Promise<void>;
  /** Bytes in use; space that deletions left free is not counted. */
  size(): number;
  /**
   * Bytes taken on disk. What deletions left free stays with the file and is used again, so it grows only when it is
   * full; 0 in memory.
   */
  fileSize(): number;
  /** Ends all access; other methods throw `storage/closed` afterwards. */
  close(): Promise<void>;
}
