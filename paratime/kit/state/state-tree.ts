import { QanatError } from "../../../src/codec/errors.ts";
import { bitAt } from "../../../src/storage/mkvs/bits.ts";
import { type Committed, MkvsTree } from "../../../src/storage/mkvs/mkvs-tree.ts";
import { Leaf, type Ref } from "../../../src/storage/mkvs/node.ts";
import type { Change } from "../../../src/storage/overlay.ts";
import { HostStorageSyncRequest } from "../../../src/types/host-protocol-host-calls.ts";
import type { Proof, Root } from "../../../src/types/storage.ts";
import type { FetchedNodes } from "./fetched-nodes.ts";
import { MissingNode } from "./missing-node.ts";

/** Entries fetched ahead while iterating. */
const PREFETCH = 100;
const PROOF_VERSION = 0;

/** Asks the host for a part of a state tree. */
export type FetchProof = (request: HostStorageSyncRequest) => Promise<Proof>;

/**
 * The ParaTime's state after one round. Nodes are fetched from the host when they are needed, and belong to the root
 * that the round's block names, or are refused: the host is not trusted.
 */
export class StateTree {
  readonly #nodes: FetchedNodes;
  readonly #root: Root;
  readonly #top: Ref | null;
  readonly #tree: MkvsTree;
  readonly #fetch: FetchProof;

  constructor(nodes: FetchedNodes, root: Root, fetch: FetchProof) {
    this.#nodes = nodes;
    this.#root = root;
    this.#top = nodes.top(root);
    this.#tree = MkvsTree.open(nodes, root);
    this.#fetch = fetch;
  }

  /** What has been fetched so far; reading on throws `MissingNode`. */
  get fetched(): MkvsTree {
    return this.#tree;
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    return this.retry(() => this.#tree.get(key), key);
  }

  /** Runs something that reads about `key`, fetching what is missing until it goes through. */
  async retry<T>(read: () => T, key: Uint8Array): Promise<T> {
    for (;;) {
      try {
        return read();
      } catch (error) {
        if (!(error instanceof MissingNode)) throw error;
        await this.#fetchPath(key, error.ref, false);
      }
    }
  }

  /** Fetches the entries from `key` on for which an iteration came to a missing node. */
  async fetchFrom(key: Uint8Array, missing: MissingNode): Promise<void> {
    const tree = { root: this.#root, position: this.#root.hash };
    const request = { tree, key, prefetch: PREFETCH, proof_version: PROOF_VERSION };
    await this.#take(missing.ref, HostStorageSyncRequest.make({ SyncIterate: request }));
  }

  /**
   * Makes the changes and gives the new root with the write log that leads to it. The tree is then that of the new
   * root; it is not to be used further.
   */
  async commit(changes: Iterable<Change>, version: bigint): Promise<Committed> {
    const list = [...changes];
    // Removing a key may pull up the subtree beside it: everything beside the way must be there beforehand, since
    // the proofs that the host has are of the tree as it was.
    for (const [key, value] of list) await this.#ensurePath(key, value === null);
    // A key that is not there is not looked for again: once forks have been pulled up, the way to it leads through
    // nodes that nobody fetched.
    const real = list.filter(([key, value]) => value !== null || this.#tree.get(key) !== null);
    for (const [key, value] of real) {
      if (value === null) this.#tree.remove(key);
      else this.#tree.insert(key, value);
    }
    return this.#tree.commit(this.#root.ns, version);
  }

  async #ensurePath(key: Uint8Array, withSiblings: boolean): Promise<void> {
    for (;;) {
      const missing = missingOnPath(this.#top, key, withSiblings);
      if (missing === null) return;
      await this.#fetchPath(key, missing, withSiblings);
    }
  }

  async #fetchPath(key: Uint8Array, missing: Ref, includeSiblings: boolean): Promise<void> {
    // With siblings the proof has to begin where the way does: a sibling's own hash is no position on it.
    const position = includeSiblings ? this.#root.hash : missing.hash!;
    const request = {
      tree: { root: this.#root, position },
      key,
      include_siblings: includeSiblings,
      proof_version: PROOF_VERSION,
    };
    await this.#take(missing, HostStorageSyncRequest.make({ SyncGet: request }));
  }

  async #take(missing: Ref, request: HostStorageSyncRequest): Promise<void> {
    const proof = await this.#fetch(request);
    // Another reader may have fetched it meanwhile.
    if (missing.node !== null) return;
    if (this.#top === null) throw new QanatError("paratime/useless-proof", "an empty tree has no nodes");
    this.#nodes.take(this.#top, missing, proof);
  }
}

/** The first node on the way to a key, or beside it, that is not there. */
function missingOnPath(top: Ref | null, key: Uint8Array, withSiblings: boolean): Ref | null {
  const keyBits = key.length * 8;
  let depth = 0;
  for (let ref = top; ref !== null; ) {
    const node = ref.node;
    if (node === null) return ref;
    if (node instanceof Leaf) return null;
    depth += node.labelBits;
    // The key is not in the tree: it would end inside this node's label.
    if (depth > keyBits) return null;
    if (withSiblings) {
      const missing = [node.leaf, node.left, node.right].find(
        (child) => child !== null && child.node === null,
      );
      if (missing) return missing;
    }
    ref = depth === keyBits ? node.leaf : bitAt(key, depth) === 1 ? node.right : node.left;
  }
  return null;
}
