import { startsWith } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import type {
  GetPrefixesRequest,
  GetRequest,
  IterateRequest,
  ProofResponse,
  Root,
} from "../../types/storage.ts";
import type { Committed } from "../mkvs/mkvs-tree.ts";
import type { Ref } from "../mkvs/node.ts";
import { type KeyValue, nextKey } from "../tree.ts";
import { MissingNode, PartialTree } from "./partial-tree.ts";

/** Somebody who has a tree and proves parts of it; need not be trusted. */
export interface ReadSyncer {
  syncGet(request: GetRequest): Promise<ProofResponse>;
  syncGetPrefixes(request: GetPrefixesRequest): Promise<ProofResponse>;
  syncIterate(request: IterateRequest): Promise<ProofResponse>;
}

/** What official clients ask for (facts/formats.md 6.5). */
const PROOF_VERSION = 0;
/** Entries that an iteration asks for ahead, unless told otherwise. */
const DEFAULT_PREFETCH = 20;

/**
 * A tree that somebody else has, read and changed here: every node comes with a proof. Changes stay here; a commit
 * gives the new root and the write log. Operations must not overlap.
 */
export class RemoteTree {
  readonly #partial: PartialTree;
  readonly #syncer: ReadSyncer;

  constructor(root: Root, syncer: ReadSyncer) {
    this.#partial = new PartialTree(root);
    this.#syncer = syncer;
  }

  /** @throws QanatError `mkvs/bad-proof` and others of {@link PartialTree.merge}, and what the syncer throws */
  get(key: Uint8Array): Promise<Uint8Array | null> {
    return this.#complete(() => this.#partial.tree.get(key), this.#fetchKey(key, false));
  }

  insert(key: Uint8Array, value: Uint8Array): Promise<void> {
    return this.#complete(() => this.#partial.tree.insert(key, value), this.#fetchKey(key, false));
  }

  /** Removing may lift a sibling into the place of its parent, so siblings are asked for as well. */
  remove(key: Uint8Array): Promise<void> {
    return this.#complete(() => this.#partial.tree.remove(key), this.#fetchKey(key, true));
  }

  /** Entries from the first key that is not less than `key`, fetched `prefetch` at a time. */
  async *seek(key: Uint8Array, prefetch = DEFAULT_PREFETCH): AsyncGenerator<KeyValue> {
    let from = key;
    for (;;) {
      const start = from;
      const entry = await this.#complete(
        () => first(this.#partial.tree.seek(start)),
        async (missing) => {
          const tree = { root: this.#partial.root, position: missing.hash! };
          const request = { tree, key: start, prefetch, proof_version: PROOF_VERSION };
          return this.#syncer.syncIterate(request);
        },
      );
      if (entry === null) return;
      yield entry;
      from = nextKey(entry[0]);
    }
  }

  async *prefix(prefix: Uint8Array, prefetch = DEFAULT_PREFETCH): AsyncGenerator<KeyValue> {
    for await (const entry of this.seek(prefix, prefetch)) {
      if (!startsWith(entry[0], prefix)) return;
      yield entry;
    }
  }

  /** Brings up to `limit` entries under the prefixes into memory with one request. */
  async prefetchPrefixes(prefixes: Uint8Array[], limit: number): Promise<void> {
    const { root } = this.#partial;
    const tree = { root, position: root.hash };
    const request = { tree, prefixes, limit, proof_version: PROOF_VERSION };
    this.#partial.merge((await this.#syncer.syncGetPrefixes(request)).proof);
  }

  /** The new root of the tree with its changes, and the changes. The remote tree stays the one that is read from. */
  commit(ns: Namespace, version: bigint): Committed {
    return this.#partial.tree.commit(ns, version);
  }

  #fetchKey(key: Uint8Array, siblings: boolean): (missing: Ref) => Promise<ProofResponse> {
    return (missing) => {
      const tree = { root: this.#partial.root, position: missing.hash! };
      return this.#syncer.syncGet({ tree, key, include_siblings: siblings, proof_version: PROOF_VERSION });
    };
  }

  /**
   * Repeats an operation until all nodes that it needs are there.
   *
   * Where changes moved a node, its new place is not on the way that the remote tree takes for the same key: then
   * its own way in that tree is asked for.
   */
  async #complete<T>(operation: () => T, fetch: (missing: Ref) => Promise<ProofResponse>): Promise<T> {
    for (;;) {
      try {
        return operation();
      } catch (error) {
        if (!(error instanceof MissingNode)) throw error;
        const { ref } = error;
        this.#partial.merge((await fetch(ref)).proof, ref);
        if (ref.node !== null) continue;
        const key = this.#partial.keyTowards(ref);
        if (key !== null) this.#partial.merge((await this.#fetchKey(key, false)(ref)).proof, ref);
        if (ref.node === null) throw error;
      }
    }
  }
}

function first(entries: Iterable<KeyValue>): KeyValue | null {
  for (const entry of entries) return entry;
  return null;
}
