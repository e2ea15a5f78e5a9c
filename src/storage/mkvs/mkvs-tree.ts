import { equal } from "../../codec/bytes.ts";
import type { Hash, Namespace } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { nodeDbErrors, storageErrors } from "../../types/errors.ts";
import { ROOT_STATE, type Root, type WriteLog } from "../../types/storage.ts";
import { keyId } from "../key-id.ts";
import type { TreeStore } from "../node-db/node-db.ts";
import { emptyRoot, isEmptyRoot } from "../root.ts";
import { type KeyValue, type KeyValueTree, MAX_KEY_LENGTH, nextKey, prefixEntries } from "../tree.ts";
import type { Edited } from "./edit.ts";
import { insert } from "./insert.ts";
import { iterate } from "./iterate.ts";
import { lookup } from "./lookup.ts";
import { hashChanges, hashOfRef, type NodeSource, ownRefs, Ref } from "./node.ts";
import { remove } from "./remove.ts";

/** What {@link MkvsTree.commit} gives: the new root and the changes that lead to it from the one before. */
export interface Committed {
  readonly root: Root;
  readonly writeLog: [key: Uint8Array, value: Uint8Array | null][];
}

/** A key that was changed since the last commit: null where there is, or was, no value. */
export interface PendingChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
  readonly former: Uint8Array | null;
}

/**
 * The Merkle tree over keys and values, with one root hash for the same entries whatever their history.
 *
 * Nodes of a database are loaded when they are needed; committed nodes are shared between all open trees of the
 * database. Without a database everything stays in memory, and a commit is the hash and the write log.
 */
export class MkvsTree implements KeyValueTree {
  readonly #db: TreeStore | null;
  readonly #type: number;
  #top: Ref | null;
  /** The root of the last commit; null for a tree that started from nothing and was never committed. */
  #root: Root | null;
  /** The top at the last commit. What it refers to is shared from then on: changes are made to copies. */
  #committedTop: Ref | null;
  #log = new Map<string, { key: Uint8Array; value: Uint8Array | null; existed: boolean }>();
  #edit: { source: NodeSource; obsolete: number[] };
  /** Grows with every change, so that a running iteration notices. */
  #revision = 0;

  private constructor(
    db: TreeStore | null,
    source: NodeSource,
    type: number,
    root: Root | null,
    top: Ref | null,
  ) {
    this.#db = db;
    this.#type = type;
    this.#root = root;
    this.#top = top;
    this.#committedTop = top;
    this.#edit = { source, obsolete: [] };
  }

  /** A tree that starts from nothing, in a database or only in memory. */
  static empty(rootType: number = ROOT_STATE, db: TreeStore | null = null): MkvsTree {
    return new MkvsTree(db, db ?? nothingStored, rootType, null, null);
  }

  /**
   * A stored tree.
   * @throws CodedError `storage/mkvs/db` 8 when the root is not known, 10 for another namespace
   */
  static open(db: TreeStore, root: Root): MkvsTree {
    const top = isEmptyRoot(root) ? null : db.top(root);
    return new MkvsTree(db, db, root.root_type, root, top);
  }

  /** A tree whose nodes come from `source` as they are needed, and whose changes stay in memory. */
  static over(source: NodeSource, root: Root): MkvsTree {
    const top = isEmptyRoot(root) ? null : new Ref(root.hash, null, 0, true);
    return new MkvsTree(null, source, root.root_type, root, top);
  }

  /** The root of the last commit, null when nothing was committed yet. */
  get root(): Root | null {
    return this.#root;
  }

  /** Where this tree's nodes come from. */
  get source(): NodeSource {
    return this.#edit.source;
  }

  /** The top of the tree with all its changes hashed: what proofs start from. */
  top(): Ref | null {
    hashChanges(this.#top);
    return this.#top;
  }

  /** Whether there are changes since the last commit, even such that cancel out. */
  get isDirty(): boolean {
    return this.#log.size > 0;
  }

  /** The keys that were changed since the last commit, also where the value is the former one again. */
  *pendingChanges(): Iterable<PendingChange> {
    for (const { key, value } of this.#log.values()) {
      yield { key, value, former: lookup(this.source, this.#committedTop, key) };
    }
  }

  /** Forgets all changes since the last commit. */
  rollback(): void {
    this.#top = this.#committedTop;
    this.#startFromCommit();
  }

  get(key: Uint8Array): Uint8Array | null {
    return lookup(this.source, this.#top, key);
  }

  /** @throws QanatError `mkvs/key-too-long` beyond 8191 bytes */
  insert(key: Uint8Array, value: Uint8Array): void {
    if (key.length > MAX_KEY_LENGTH) {
      throw new QanatError("mkvs/key-too-long", `a key has at most ${MAX_KEY_LENGTH} bytes`, {
        length: key.length,
      });
    }
    this.#changed(key, value, insert(this.#edit, this.#top, key, value));
  }

  remove(key: Uint8Array): void {
    this.#changed(key, null, remove(this.#edit, this.#top, key));
  }

  *seek(key: Uint8Array): Iterable<KeyValue> {
    let from: Uint8Array | null = key;
    while (from !== null) {
      const revision = this.#revision;
      const start: Uint8Array = from;
      from = null;
      for (const entry of iterate(this.source, this.#top, start)) {
        yield entry;
        if (revision !== this.#revision) {
          from = nextKey(entry[0]);
          break;
        }
      }
    }
  }

  prefix(prefix: Uint8Array): Iterable<KeyValue> {
    return prefixEntries(this, prefix);
  }

  /** Makes the changes of a write log: null values remove. */
  applyWriteLog(log: WriteLog): void {
    for (const [key, value] of log ?? []) {
      if (value === null) this.remove(key ?? new Uint8Array(0));
      else this.insert(key ?? new Uint8Array(0), value);
    }
  }

  /** The root hash with all changes so far. */
  rootHash(): Hash {
    return hashOfRef(this.top());
  }

  /**
   * Stores the tree as a candidate root of `version`.
   * @throws CodedError as {@link NodeDb.commit}; the tree is then as it was
   */
  commit(ns: Namespace, version: bigint): Committed {
    return this.#commit({ ns, version, root_type: this.#type, hash: this.rootHash() });
  }

  /**
   * As commit, when the root is known beforehand.
   * @throws CodedError `storage` 3 when the tree has another hash; nothing is stored then
   */
  commitKnown(root: Root): Committed {
    const hash = this.rootHash();
    if (!equal(hash, root.hash)) {
      throw storageErrors
        .expectedRootMismatch()
        .with("computed another root", { expected: root.hash, computed: hash });
    }
    return this.#commit(root);
  }

  #commit(root: Root): Committed {
    const writeLog: Committed["writeLog"] = [];
    for (const { key, value, existed } of this.#log.values()) {
      if (value !== null || existed) writeLog.push([key, value]);
    }
    const added = ownRefs(this.#top);
    if (this.#db !== null) {
      const parent = this.#root ?? emptyRoot(root.ns, root.version, this.#type);
      const { obsolete } = this.#edit;
      this.#top = this.#db.commit({ parent, root, top: this.#top, added, obsolete, writeLog });
    } else {
      for (const ref of added) ref.shared = true;
    }
    this.#root = root;
    this.#committedTop = this.#top;
    this.#startFromCommit();
    return { root, writeLog };
  }

  #startFromCommit(): void {
    this.#log = new Map();
    this.#edit = { source: this.source, obsolete: [] };
    this.#revision++;
  }

  #changed(key: Uint8Array, value: Uint8Array | null, edited: Edited): void {
    this.#top = edited.root;
    this.#revision++;
    const id = keyId(key);
    const entry = this.#log.get(id);
    if (entry === undefined) this.#log.set(id, { key, value, existed: edited.existed });
    else entry.value = value;
  }
}

/** The source of trees that are in memory as a whole. */
const nothingStored: NodeSource = {
  load: () => {
    throw nodeDbErrors.nodeNotFound();
  },
};
