import type { Database, Key, RangeOptions, RootDatabase, RootDatabaseOptions } from "lmdb";
import { QanatError } from "../../codec/errors.ts";
import type { Environment } from "./environment.ts";
import { copyOf, type Range, type Table } from "./table.ts";
import { type AnyTable, bounds, readKey, writeKey } from "./table-key.ts";

/** A table in an LMDB environment. */
export class LmdbTable implements Table<readonly unknown[], unknown> {
  readonly #environment: Environment;
  readonly #definition: AnyTable;
  /** Null for a table that a database open for reading does not have: it reads as empty. */
  readonly #database: Database<Uint8Array, Key> | null;
  #closed = false;

  constructor(
    environment: Environment,
    root: RootDatabase<Uint8Array, string>,
    name: string,
    definition: AnyTable,
  ) {
    this.#environment = environment;
    this.#definition = definition;
    const options: RootDatabaseOptions & { name: string } = {
      name,
      encoding: "binary",
      keyEncoder: {
        writeKey(key: Key, target: Uint8Array, at: number): number {
          // A list of parts, or encoded already where it is a bound of a range.
          if (!(key instanceof Uint8Array)) return writeKey(definition, key as Key[], target, at);
          target.set(key, at);
          return at + key.length;
        },
        readKey: (source: Uint8Array, start: number, end: number) => readKey(definition, source, start, end),
      },
    };
    const database: Database<Uint8Array, Key> | undefined = root.openDB<Uint8Array, Key>(options);
    this.#database = database ?? null;
  }

  get(key: readonly unknown[]): unknown {
    this.#checkOpen();
    const bytes = this.#database?.getBinaryFast(key as Key);
    // The library reads into a buffer of its own, of which only the first `length` bytes are the value.
    return bytes === undefined ? null : this.#definition.value.decode(copyOf(bytes, 0, bytes.length));
  }

  has(key: readonly unknown[]): boolean {
    this.#checkOpen();
    return this.#database?.getBinaryFast(key as Key) !== undefined;
  }

  put(key: readonly unknown[], value: unknown): void {
    const bytes = this.#definition.value.encode(value);
    this.#environment.transaction(() => void this.#database?.put(key as Key, bytes));
  }

  remove(key: readonly unknown[]): boolean {
    return this.#environment.transaction(() => this.#database?.removeSync(key as Key) ?? false);
  }

  *range(range: Range<readonly unknown[]> = {}): Iterable<[readonly unknown[], unknown]> {
    this.#checkOpen();
    for (const { key, value } of this.#database?.getRange(this.#options(range)) ?? []) {
      yield [key as Key[], this.#definition.value.decode(copyOf(value, 0, value.length))];
    }
  }

  *keys(range: Range<readonly unknown[]> = {}): Iterable<readonly unknown[]> {
    this.#checkOpen();
    yield* (this.#database?.getKeys(this.#options(range)) ?? []) as Iterable<readonly unknown[]>;
  }

  count(): number {
    return this.#stats().entryCount;
  }

  /** Bytes of all pages of the table. */
  size(): number {
    const stats = this.#stats();
    return stats.pageSize * (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages);
  }

  close(): void {
    this.#closed = true;
  }

  #stats(): LmdbStats {
    this.#checkOpen();
    return (this.#database?.getStats() as LmdbStats | undefined) ?? NO_STATS;
  }

  #options(range: Range<readonly unknown[]>): RangeOptions {
    const { start, end } = bounds(this.#definition, range);
    const limit = range.limit === undefined ? {} : { limit: range.limit };
    const first = start ?? FIRST_KEY;
    if (range.reverse !== true) return { start: first, ...(end === null ? {} : { end }), ...limit };
    // Backwards the library calls the upper bound the start; ours is exclusive, the lower one inclusive.
    const upper = end === null ? {} : { start: end, exclusiveStart: true };
    return { reverse: true, ...upper, end: first, inclusiveEnd: true, ...limit } as RangeOptions;
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}

export function closedError(): QanatError {
  return new QanatError("storage/closed", "the environment is closed");
}

interface LmdbStats {
  readonly pageSize: number;
  readonly entryCount: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

const NO_STATS: LmdbStats = {
  pageSize: 0,
  entryCount: 0,
  treeBranchPageCount: 0,
  treeLeafPageCount: 0,
  overflowPages: 0,
};

/** There are no empty keys, so nothing is before this. The library's own default skips keys that begin low. */
const FIRST_KEY = Uint8Array.of(0);
