import { startsWith } from "../../../src/codec/bytes.ts";
import { Overlay } from "../../../src/storage/overlay.ts";
import { type KeyValue, MAX_KEY_LENGTH, nextKey } from "../../../src/storage/tree.ts";
import { MethodError } from "../methods.ts";
import { MissingNode } from "./missing-node.ts";
import type { StateTree } from "./state-tree.ts";

/**
 * The state as ParaTime code reads and writes it: writes stay in memory until the round is over. Reading may have to
 * ask the host and is therefore asynchronous.
 */
export class State {
  readonly #tree: StateTree;
  readonly #overlay: Overlay;

  constructor(tree: StateTree, overlay = new Overlay(tree.fetched)) {
    this.#tree = tree;
    this.#overlay = overlay;
  }

  /** The value under `key`, or null when there is none. @throws MethodError for a key that is too long */
  async get(key: Uint8Array): Promise<Uint8Array | null> {
    requireKey(key);
    return this.#tree.retry(() => this.#overlay.get(key), key);
  }

  /** @throws MethodError for a key that is too long */
  insert(key: Uint8Array, value: Uint8Array): void {
    requireKey(key);
    this.#overlay.insert(key, value);
  }

  /** @throws MethodError for a key that is too long */
  remove(key: Uint8Array): void {
    requireKey(key);
    this.#overlay.remove(key);
  }

  /** All entries whose key starts with `prefix`, in key order. */
  async *prefix(prefix: Uint8Array): AsyncIterable<KeyValue> {
    for (let from: Uint8Array | null = prefix; from !== null; ) {
      const start: Uint8Array = from;
      from = null;
      const entries = this.#overlay.seek(start)[Symbol.iterator]();
      for (let last = start; ; ) {
        const entry = nextOrMissing(entries);
        if (entry instanceof MissingNode) {
          await this.#tree.fetchFrom(last, entry);
          from = last;
          break;
        }
        if (entry === null || !startsWith(entry[0], prefix)) return;
        yield entry;
        last = nextKey(entry[0]);
      }
    }
  }

  /** A state over this one: what is written to it reaches this one by its `commit`, or never. */
  child(): State {
    return new State(this.#tree, new Overlay(this.#overlay));
  }

  commit(): void {
    this.#overlay.commit();
  }

  /** Everything written so far. */
  changes(): ReturnType<Overlay["changes"]> {
    return this.#overlay.changes();
  }
}

/** Keys come from transactions: one that no tree takes is the caller's mistake, and not the round's. */
function requireKey(key: Uint8Array): void {
  if (key.length <= MAX_KEY_LENGTH) return;
  throw new MethodError(`Key too long: ${key.length} bytes, at most ${MAX_KEY_LENGTH}.`);
}

function nextOrMissing(entries: Iterator<KeyValue>): KeyValue | MissingNode | null {
  try {
    const { done, value } = entries.next();
    return done ? null : value;
  } catch (error) {
    if (error instanceof MissingNode) return error;
    throw error;
  }
}
