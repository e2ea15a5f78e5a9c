import { QanatError } from "../../codec/errors.ts";
import { keyId, keyOfId } from "../key-id.ts";
import type { Environment } from "./environment.ts";
import type { Range, Table, TableDefinition } from "./table.ts";
import { type AnyTable, bounds, keyBytes, readKey, withoutTypes } from "./table-key.ts";

/** An environment that lives in memory and ends with it. */
export function memoryEnvironment(): Environment {
  const tables = new Map<string, MemoryTable>();
  let undo: Undo[] | null = null;
  let closed = false;
  const checkOpen = () => {
    if (closed) throw new QanatError("storage/closed", "the environment is closed");
  };
  const onChange = (change: Undo) => {
    checkOpen();
    undo?.push(change);
  };
  return {
    readonly: false,
    table<K extends readonly unknown[], V>(definition: TableDefinition<K, V>, scope = ""): Table<K, V> {
      checkOpen();
      const name = `${definition.name}/${scope}`;
      let table = tables.get(name);
      if (table === undefined) {
        table = new MemoryTable(withoutTypes(definition), onChange);
        tables.set(name, table);
      }
      return table as unknown as Table<K, V>;
    },
    transaction<T>(body: () => T): T {
      checkOpen();
      if (undo !== null) return body();
      undo = [];
      try {
        return body();
      } catch (error) {
        for (const change of undo.reverse()) change.table.restore(change);
        throw error;
      } finally {
        undo = null;
      }
    },
    flush: async () => checkOpen(),
    size: () => [...tables.values()].reduce((sum, table) => sum + table.size, 0),
    fileSize: () => 0,
    async close() {
      closed = true;
      tables.clear();
    },
  };
}

/** What an entry was before a change. */
interface Undo {
  readonly table: MemoryTable;
  readonly id: string;
  readonly before: Uint8Array | undefined;
}

class MemoryTable implements Table<readonly unknown[], unknown> {
  readonly #definition: AnyTable;
  readonly #onChange: (undo: Undo) => void;
  readonly #entries = new Map<string, Uint8Array>();
  /** All keys in order; null after a change of the set of keys. */
  #order: string[] | null = [];
  size = 0;

  constructor(definition: AnyTable, onChange: (undo: Undo) => void) {
    this.#definition = definition;
    this.#onChange = onChange;
  }

  get(key: readonly unknown[]): unknown {
    const bytes = this.#entries.get(this.#id(key));
    return bytes === undefined ? null : this.#definition.value.decode(bytes.slice());
  }

  has(key: readonly unknown[]): boolean {
    return this.#entries.has(this.#id(key));
  }

  put(key: readonly unknown[], value: unknown): void {
    this.#change(this.#id(key), this.#definition.value.encode(value).slice());
  }

  remove(key: readonly unknown[]): boolean {
    const id = this.#id(key);
    if (!this.#entries.has(id)) return false;
    this.#change(id, undefined);
    return true;
  }

  *range(range: Range<readonly unknown[]> = {}): Iterable<[readonly unknown[], unknown]> {
    for (const id of this.#ids(range)) {
      const bytes = keyOfId(id);
      const value = this.#definition.value.decode(this.#entries.get(id)!.slice());
      yield [readKey(this.#definition, bytes, 0, bytes.length), value];
    }
  }

  *keys(range: Range<readonly unknown[]> = {}): Iterable<readonly unknown[]> {
    for (const id of this.#ids(range)) {
      const bytes = keyOfId(id);
      yield readKey(this.#definition, bytes, 0, bytes.length);
    }
  }

  count(): number {
    return this.#entries.size;
  }

  restore(undo: Undo): void {
    this.#set(undo.id, undo.before);
  }

  #id(key: readonly unknown[]): string {
    return keyId(keyBytes(this.#definition, key));
  }

  #ids(range: Range<readonly unknown[]>): string[] {
    this.#order ??= [...this.#entries.keys()].sort();
    const { start, end } = bounds(this.#definition, range);
    const first = start === null ? "" : keyId(start);
    const last = end === null ? null : keyId(end);
    const ids = this.#order.filter((id) => id >= first && (last === null || id < last));
    if (range.reverse === true) ids.reverse();
    return ids.slice(0, range.limit);
  }

  #change(id: string, value: Uint8Array | undefined): void {
    this.#onChange({ table: this, id, before: this.#entries.get(id) });
    this.#set(id, value);
  }

  #set(id: string, value: Uint8Array | undefined): void {
    const before = this.#entries.get(id);
    if ((before === undefined) !== (value === undefined)) this.#order = null;
    this.size +=
      (value === undefined ? 0 : id.length + value.length) -
      (before === undefined ? 0 : id.length + before.length);
    if (value === undefined) this.#entries.delete(id);
    else this.#entries.set(id, value);
  }
}
