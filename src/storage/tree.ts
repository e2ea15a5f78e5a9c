import { startsWith } from "../codec/bytes.ts";

/** One entry of a tree. Neither key nor value may be changed by whoever gets it. */
export type KeyValue = [key: Uint8Array, value: Uint8Array];

/** The read half of {@link KeyValueTree}: what queries get. */
export interface ReadonlyTree {
  /** The value under `key`, or null when there is none. An empty value is a value. */
  get(key: Uint8Array): Uint8Array | null;
  /** All entries from the first key that is not less than `key`, in key order. */
  seek(key: Uint8Array): Iterable<KeyValue>;
  /** All entries whose key starts with `prefix`, in key order. */
  prefix(prefix: Uint8Array): Iterable<KeyValue>;
}

/**
 * An ordered map from byte strings to byte strings: the state that the state machine reads and writes.
 *
 * Keys order bytewise, a key before its extensions. Keys and values are kept, not copied: a caller must not
 * change an array after it went in or came out. Writing while iterating is allowed; the iteration sees the
 * state as it is when it reaches a key.
 */
export interface KeyValueTree extends ReadonlyTree {
  insert(key: Uint8Array, value: Uint8Array): void;
  /** Removes `key`; nothing happens when it is not there. */
  remove(key: Uint8Array): void;
}

/** Longest key: depths are 16-bit bit counts (facts/formats.md 6.1). */
export const MAX_KEY_LENGTH = 8191;

/** The tree without entries: what an {@link KeyValueTree} that starts from nothing stands on. */
export const emptyTree: ReadonlyTree = {
  get: () => null,
  seek: () => [],
  prefix: () => [],
};

/** The first key after `key` in key order: where an iteration that stood at `key` goes on. */
export function nextKey(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

/** The entries of `tree` under `prefix`, for trees that only know how to seek. */
export function* prefixEntries(tree: Pick<ReadonlyTree, "seek">, prefix: Uint8Array): Iterable<KeyValue> {
  for (const entry of tree.seek(prefix)) {
    if (!startsWith(entry[0], prefix)) return;
    yield entry;
  }
}
