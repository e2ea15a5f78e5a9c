import { keyId } from "./key-id.ts";
import { type KeyValue, type KeyValueTree, nextKey, prefixEntries, type ReadonlyTree } from "./tree.ts";

/** A pending change: the new value, or null where the key is removed. */
export type Change = [key: Uint8Array, value: Uint8Array | null];

/**
 * A tree of pending changes over another tree: reads see the changes, the tree below sees them only after
 * {@link Overlay.commit}. Overlays stack, one for each transaction inside a transaction.
 *
 * The tree below may be written directly while this one has changes; these keep hiding what is below.
 */
export class Overlay implements KeyValueTree {
  /** The tree below. */
  readonly base: ReadonlyTree;
  readonly #changes = new Map<string, { key: Uint8Array; value: Uint8Array | null }>();
  /** Identifiers of all changes in key order, except those in #unsorted: sorted only when somebody iterates. */
  #sorted: string[] = [];
  #unsorted: string[] = [];
  /** Grows with every change, so that a running iteration notices. */
  #revision = 0;

  constructor(base: ReadonlyTree) {
    this.base = base;
  }

  get(key: Uint8Array): Uint8Array | null {
    const id = keyId(key);
    let tree: ReadonlyTree = this;
    while (tree instanceof Overlay) {
      const change = tree.#changes.get(id);
      if (change !== undefined) return change.value;
      tree = tree.base;
    }
    return tree.get(key);
  }

  insert(key: Uint8Array, value: Uint8Array): void {
    this.#set(keyId(key), key, value);
  }

  remove(key: Uint8Array): void {
    this.#set(keyId(key), key, null);
  }

  *seek(key: Uint8Array): Iterable<KeyValue> {
    let from: Uint8Array | null = key;
    while (from !== null) from = yield* this.#walk(from);
  }

  prefix(prefix: Uint8Array): Iterable<KeyValue> {
    return prefixEntries(this, prefix);
  }

  /** The pending changes in key order, also those that change nothing. */
  *changes(): Iterable<Change> {
    for (const id of [...this.#order()]) {
      const change = this.#changes.get(id);
      if (change !== undefined) yield [change.key, change.value];
    }
  }

  /** Number of keys with a pending change. */
  get size(): number {
    return this.#changes.size;
  }

  /**
   * Moves all changes into the tree below, which must be writable, and is empty afterwards.
   * @throws TypeError when the tree below is only readable
   */
  commit(): void {
    const base = this.base as Partial<KeyValueTree> & ReadonlyTree;
    if (base instanceof Overlay) {
      for (const [id, { key, value }] of this.#changes) base.#set(id, key, value);
    } else {
      if (base.insert === undefined || base.remove === undefined) {
        throw new TypeError("the tree below this overlay is read-only");
      }
      for (const { key, value } of this.#changes.values()) {
        if (value === null) base.remove(key);
        else base.insert(key, value);
      }
    }
    this.reset();
  }

  /** Forgets all changes. */
  reset(): void {
    this.#changes.clear();
    this.#sorted = [];
    this.#unsorted = [];
    this.#revision++;
  }

  #set(id: string, key: Uint8Array, value: Uint8Array | null): void {
    this.#revision++;
    const change = this.#changes.get(id);
    if (change !== undefined) {
      change.value = value;
      return;
    }
    this.#changes.set(id, { key, value });
    this.#unsorted.push(id);
  }

  /** Merges changes and base from `from` on. Returns where to start again after a change, null at the end. */
  *#walk(from: Uint8Array): Generator<KeyValue, Uint8Array | null> {
    const revision = this.#revision;
    const order = this.#order();
    let next = lowerBound(order, keyId(from));
    const below = this.base.seek(from)[Symbol.iterator]();
    let entry = below.next();
    for (;;) {
      const belowId = entry.done === true ? undefined : keyId(entry.value[0]);
      const id = order[next];
      let current: KeyValue | undefined;
      let advance = false;
      if (id !== undefined && (belowId === undefined || id <= belowId)) {
        next++;
        advance = id === belowId;
        const { key, value } = this.#changes.get(id)!;
        if (value !== null) current = [key, value];
      } else if (entry.done !== true) {
        current = entry.value;
        advance = true;
      } else {
        return null;
      }
      if (current !== undefined) {
        yield current;
        if (revision !== this.#revision) return nextKey(current[0]);
      }
      if (advance) entry = below.next();
    }
  }

  /** All identifiers in key order. A walk that holds the array starts again after any change to it. */
  #order(): readonly string[] {
    if (this.#unsorted.length > FEW) {
      this.#sorted = this.#sorted.concat(this.#unsorted).sort();
    } else {
      for (const id of this.#unsorted) this.#sorted.splice(lowerBound(this.#sorted, id), 0, id);
    }
    this.#unsorted = [];
    return this.#sorted;
  }
}

/** Up to so many new keys are put into their places one by one; sorting everything again is faster for more. */
const FEW = 8;

/** Index of the first element not less than `id`. */
function lowerBound(ids: readonly string[], id: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids[middle]! < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
