import type { Hash, Namespace } from "../codec/common-types.ts";
import { MkvsTree, type PendingChange } from "../storage/mkvs/mkvs-tree.ts";
import type { NodeDb } from "../storage/node-db/node-db.ts";
import { ROOT_STATE, type Root } from "../types/storage.ts";
import { InvariantError } from "./errors.ts";

/** Consensus state has the zero namespace; its versions are heights. */
const NAMESPACE: Namespace = new Uint8Array(32);

/** Where the application keeps the consensus state. */
export interface StateStore {
  /** The last commit; null before the first. */
  readonly last: Root | null;
  /** A tree at the last commit, to read from or to execute a block on. */
  open(): MkvsTree;
  /** Persists the changed tree as a version and makes that the last commit. */
  commit(tree: MkvsTree, version: bigint): Hash;
  /** Takes up a version that was put into the store by others. */
  reload(): void;
}

/** State in a node database: every version stays readable until it is pruned. */
export class DbStateStore implements StateStore {
  readonly #db: NodeDb;
  #last: Root | null;

  constructor(db: NodeDb) {
    this.#db = db;
    this.#last = lastRoot(db);
  }

  get last(): Root | null {
    return this.#last;
  }

  open(): MkvsTree {
    return this.#last === null ? MkvsTree.empty(ROOT_STATE, this.#db) : MkvsTree.open(this.#db, this.#last);
  }

  commit(tree: MkvsTree, version: bigint): Hash {
    const { root } = tree.commit(NAMESPACE, version);
    this.#db.finalize([root]);
    this.#last = root;
    return root.hash;
  }

  reload(): void {
    this.#last = lastRoot(this.#db);
  }
}

function lastRoot(db: NodeDb): Root | null {
  const version = db.latestVersion();
  if (version === null) {
    return null;
  }
  const roots = db.rootsForVersion(version).filter((root) => root.root_type === ROOT_STATE);
  if (roots[0] === undefined || roots.length > 1) {
    throw new InvariantError(`version ${version} has ${roots.length} state roots`);
  }
  return roots[0];
}

/**
 * State in memory, of the last version only: for replays, which execute every block once. A tree that was changed and
 * not committed is not discarded; its changes can be undone.
 */
export class MemoryStateStore implements StateStore {
  readonly #tree = MkvsTree.empty(ROOT_STATE);

  get last(): Root | null {
    return this.#tree.root;
  }

  open(): MkvsTree {
    if (this.#tree.isDirty) {
      throw new InvariantError("the state in memory has changes that were not committed");
    }
    return this.#tree;
  }

  commit(tree: MkvsTree, version: bigint): Hash {
    return tree.commit(NAMESPACE, version).root.hash;
  }

  /** What was changed since the last commit. */
  pendingChanges(): Iterable<PendingChange> {
    return this.#tree.pendingChanges();
  }

  /** Takes back all changes since the last commit. */
  rollback(): void {
    this.#tree.rollback();
  }

  /** Nobody else writes to it. */
  reload(): void {}
}
