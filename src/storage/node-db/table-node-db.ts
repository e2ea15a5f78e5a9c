import { equal, toHex } from "../../codec/bytes.ts";
import type { Hash, Namespace } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { EMPTY_HASH } from "../../crypto/hash.ts";
import { nodeDbErrors } from "../../types/errors.ts";
import { ROOT_IO, type Root, type WriteLog } from "../../types/storage.ts";
import type { Environment } from "../environment/environment.ts";
import { type Node, Ref } from "../mkvs/node.ts";
import { follows, isEmptyRoot, sameRoot } from "../root.ts";
import { addGarbageNodes, addGarbageTree, collectGarbage } from "./garbage.ts";
import { Multipart } from "./multipart.ts";
import { NodeCache } from "./node-cache.ts";
import type { Batch, NodeDb } from "./node-db.ts";
import { keyOf, NodeDbTables } from "./node-db-tables.ts";

export interface NodeDbOptions {
  /** Keeps no write logs: for trees that nobody fetches differences of. */
  readonly discardWriteLogs?: boolean;
  /** Memory for nodes that are kept, in bytes. */
  readonly cacheBytes?: number;
}

/** Default of {@link NodeDbOptions.cacheBytes}: some 30,000 nodes. */
const DEFAULT_CACHE_BYTES = 24 << 20;
/** Most candidate roots of all pending versions: 5000 versions (facts/formats.md 6.6) with a root of each type. */
const MAX_PENDING_ROOTS = 10_000;
/** Tops of so many roots are kept, so that trees opened again and again share their nodes. */
const MAX_RECENT_TOPS = 16;

/** Nodes of discarded candidates that are deleted at once; the rest is left to {@link NodeDb.collectGarbage}. */
const COLLECTED_AT_ONCE = 400;

/** Opens, or makes, the node database of a namespace in an environment. */
export function openNodeDb(
  environment: Environment,
  namespace: Namespace,
  options: NodeDbOptions = {},
): NodeDb {
  return new TableNodeDb(environment, namespace, options);
}

/**
 * Nodes are numbered as they are made. A root knows which numbers were made for it, one after the other, and which
 * nodes of its parent it does not have any more. So a candidate is discarded by deleting its own numbers, and a
 * version pruned by deleting what its successor's list names: no counting of references, no search.
 */
class TableNodeDb implements NodeDb {
  readonly namespace: Namespace;
  readonly multipart: Multipart;
  readonly #tables: NodeDbTables;
  readonly #discardWriteLogs: boolean;
  readonly #cache: NodeCache;
  readonly #tops = new Map<number, Ref>();

  constructor(environment: Environment, namespace: Namespace, options: NodeDbOptions) {
    this.namespace = namespace;
    this.#tables = new NodeDbTables(environment, namespace);
    this.#discardWriteLogs = options.discardWriteLogs ?? false;
    this.#cache = new NodeCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
    this.multipart = new Multipart(this.#tables, () => this.#discardPending());
  }

  hasRoot(root: Root): boolean {
    if (!equal(root.ns, this.namespace)) return false;
    return isEmptyRoot(root) || this.#tables.record(root) !== null;
  }

  rootsForVersion(version: bigint): Root[] {
    return this.#tables.rootsOf(version);
  }

  latestVersion(): bigint | null {
    return this.#tables.state().latest;
  }

  earliestVersion(): bigint {
    return this.#tables.state().earliest;
  }

  writeLog(start: Root, end: Root): NonNullable<WriteLog> {
    if (!follows(end, start)) throw nodeDbErrors.rootMustFollowOld();
    this.#tables.checkNamespace(start);
    if (this.#discardWriteLogs || end.version < this.earliestVersion()) throw nodeDbErrors.writeLogNotFound();
    const record = this.#tables.record(end);
    if (record === null) throw nodeDbErrors.rootNotFound();
    // The log's key has no version of the parent, which may have the same hash in both versions it can have.
    const log =
      record.parent_version === start.version ? this.#tables.logs.get([...keyOf(end), start.hash]) : null;
    if (log === null) throw nodeDbErrors.writeLogNotFound();
    return log;
  }

  top(root: Root): Ref | null {
    this.#tables.checkNamespace(root);
    if (isEmptyRoot(root)) return null;
    const record = this.#tables.record(root);
    if (record === null) throw nodeDbErrors.rootNotFound();
    return this.#topOf(Number(record.top), root.hash);
  }

  load(ref: Ref): Node {
    const node = ref.id === 0 ? null : this.#tables.nodes.get([ref.id]);
    if (node === null) throw nodeDbErrors.nodeNotFound();
    ref.node = node;
    this.#cache.add(ref);
    return node;
  }

  commit(batch: Batch): Ref | null {
    const { parent, root } = batch;
    this.#tables.checkWritable();
    this.#checkMultipart(root.version);
    if (this.multipart.version !== null) throw nodeDbErrors.multipartInProgress();
    if (root.version !== parent.version && root.version !== parent.version + 1n) {
      throw nodeDbErrors.rootMustFollowOld();
    }
    this.#tables.checkNamespace(parent);
    if (!isEmptyRoot(parent)) this.#checkParent(parent, root);
    this.#tables.checkNamespace(root);
    if (!follows(root, parent)) throw nodeDbErrors.rootMustFollowOld();
    this.#checkNotFinalized(root.version);
    if (this.#tables.record(root) !== null) return this.top(root);
    this.#checkPending();
    return this.#store(batch);
  }

  finalize(roots: readonly Root[]): void {
    this.#tables.checkWritable();
    const version = roots[0]?.version;
    if (version === undefined) throw new QanatError("storage/no-roots", "finalizing needs at least one root");
    this.#checkMultipart(version);
    this.#checkNotFinalized(version);
    const { latest, multipart } = this.#tables.state();
    if (latest !== null && multipart === null && version !== latest + 1n) throw nodeDbErrors.notFinalized();
    for (const root of roots) {
      this.#tables.checkNamespace(root);
      if (
        root.version !== version ||
        roots.some((other) => other !== root && other.root_type === root.root_type)
      ) {
        throw new QanatError("storage/roots", "finalizing takes roots of one version, one of each type");
      }
      if (!this.hasRoot(root)) throw nodeDbErrors.rootNotFound();
    }
    this.#tables.environment.transaction(() => {
      for (const other of this.rootsForVersion(version)) {
        if (!roots.some((root) => sameRoot(root, other))) this.#discard(other);
      }
      if (latest === null) this.#dropBefore(roots, version);
      this.multipart.finish();
      const { earliest } = this.#tables.state();
      this.#tables.setState({ earliest: latest === null ? version : earliest, latest: version });
      collectGarbage(this.#tables, COLLECTED_AT_ONCE);
    });
  }

  prune(version: bigint, count = 1): void {
    this.#tables.checkWritable();
    const { earliest, latest, multipart } = this.#tables.state();
    if (multipart !== null) throw nodeDbErrors.multipartInProgress();
    if (latest === null || version > latest) throw nodeDbErrors.notFinalized();
    if (version !== earliest) throw nodeDbErrors.notEarliest();
    if (version === latest) throw nodeDbErrors.cannotPruneLatestVersion();
    this.#tables.environment.transaction(() => {
      const obsolete: number[] = [];
      let end = version;
      for (; end < latest && end < version + BigInt(count); end++) this.#dropVersion(end, obsolete);
      addGarbageNodes(this.#tables, obsolete);
      this.#tables.setState({ earliest: end });
    });
  }

  collectGarbage(limit: number): boolean {
    this.#tables.checkWritable();
    return collectGarbage(this.#tables, limit);
  }

  #store(batch: Batch): Ref | null {
    const { parent, root, top, added, obsolete, writeLog } = batch;
    const first = this.#tables.takeNumbers(added.length);
    for (let i = 0; i < added.length; i++) added[i]!.id = first + i;
    try {
      this.#tables.environment.transaction(() => {
        for (const ref of added) this.#tables.nodes.put([ref.id], ref.node!);
        this.#tables.roots.put(keyOf(root), {
          parent_version: parent.version,
          parent_hash: parent.hash,
          top: BigInt(top?.id ?? 0),
          first_node: BigInt(first),
          node_count: BigInt(added.length),
        });
        if (obsolete.length > 0) this.#tables.obsolete.put(keyOf(root), obsolete);
        if (!this.#discardWriteLogs) this.#tables.logs.put([...keyOf(root), parent.hash], writeLog.slice());
        this.#tables.keepNumbers();
      });
    } catch (error) {
      for (const ref of added) ref.id = 0;
      throw error;
    }
    for (const ref of added) {
      ref.shared = true;
      this.#cache.add(ref);
    }
    if (top !== null) this.#remember(top);
    return top;
  }

  /** Deletes a candidate, and the candidates of the next version that were made from it. */
  #discard(root: Root): void {
    for (const next of this.rootsForVersion(root.version + 1n)) {
      if (this.#isChild(next, root)) this.#discard(next);
    }
    const { top, parent_hash, first_node, node_count } = this.#tables.record(root)!;
    if (equal(parent_hash, EMPTY_HASH)) {
      addGarbageTree(this.#tables, Number(top));
    } else {
      const first = Number(first_node);
      for (let id = first; id < first + Number(node_count); id++) this.#tables.nodes.remove([id]);
    }
    this.#tables.forget(root);
  }

  /** Deletes everything that is not finalized. */
  #discardPending(): void {
    const { latest } = this.#tables.state();
    const from: readonly [bigint] = [latest === null ? 0n : latest + 1n];
    for (const [version, root_type, hash] of [...this.#tables.roots.keys({ from })]) {
      const root: Root = { ns: this.namespace, version, root_type, hash };
      if (this.#tables.record(root) !== null) this.#discard(root);
    }
  }

  /**
   * Deletes what was committed for versions before the first finalized one. Where `roots` stand on such a
   * version, this does to it what pruning would have done.
   */
  #dropBefore(roots: readonly Root[], version: bigint): void {
    const successors = new Map<string, Root>();
    for (const root of roots) {
      let child = root;
      for (let parent = this.#parentOf(child); parent !== null; parent = this.#parentOf(child)) {
        successors.set(textOf(parent), child);
        child = parent;
      }
    }
    for (const [at, root_type, hash] of [...this.#tables.roots.keys({ to: [version] })]) {
      const root: Root = { ns: this.namespace, version: at, root_type, hash };
      const successor = successors.get(textOf(root));
      if (successor !== undefined) addGarbageNodes(this.#tables, this.#dropReplaced(root, successor));
      else if (this.#tables.record(root) !== null) this.#discard(root);
    }
  }

  /** Deletes the roots of a version. @param obsolete takes the numbers of nodes that go with them */
  #dropVersion(version: bigint, obsolete: number[]): void {
    const next = this.rootsForVersion(version + 1n);
    for (const root of this.rootsForVersion(version)) {
      const successor = next.find((other) => this.#isChild(other, root));
      if (successor === undefined) this.#dropTree(root);
      // One by one: a version may leave more nodes than a call takes arguments.
      else for (const id of this.#dropReplaced(root, successor)) obsolete.push(id);
    }
  }

  /** Deletes a root and gives the nodes that its successor does not have. */
  #dropReplaced(root: Root, successor: Root): readonly number[] {
    const obsolete = this.#tables.obsolete.get(keyOf(successor)) ?? [];
    this.#tables.obsolete.remove(keyOf(successor));
    this.#tables.forget(root);
    return obsolete;
  }

  /** Deletes a root that nothing was made from, with all its nodes: those it took over have no other owner left. */
  #dropTree(root: Root): void {
    addGarbageTree(this.#tables, Number(this.#tables.record(root)!.top));
    this.#tables.forget(root);
  }

  #isChild(root: Root, parent: Root): boolean {
    const found = this.#parentOf(root);
    return found !== null && sameRoot(found, parent);
  }

  /** The root that `root` was made from; null when that is the empty one. */
  #parentOf(root: Root): Root | null {
    const record = this.#tables.record(root);
    if (record === null) return null;
    const parent = { ...root, version: record.parent_version, hash: record.parent_hash };
    return isEmptyRoot(parent) ? null : parent;
  }

  #topOf(id: number, hash: Hash): Ref | null {
    if (id === 0) return null;
    const top = this.#tops.get(id) ?? new Ref(hash, null, id, true);
    this.#remember(top);
    return top;
  }

  #remember(top: Ref): void {
    this.#tops.delete(top.id);
    this.#tops.set(top.id, top);
    if (this.#tops.size > MAX_RECENT_TOPS) this.#tops.delete(this.#tops.keys().next().value!);
  }

  /** While a version is restored, everything is about that version. */
  #checkMultipart(version: bigint): void {
    const restored = this.multipart.version;
    if (restored !== null && version !== restored) throw nodeDbErrors.invalidMultipartVersion();
  }

  #checkNotFinalized(version: bigint): void {
    const { latest } = this.#tables.state();
    if (latest !== null && version <= latest) throw nodeDbErrors.alreadyFinalized();
  }

  /** What a root other than the empty one must be to have children. */
  #checkParent(parent: Root, root: Root): void {
    if (parent.root_type === ROOT_IO) {
      throw new QanatError("storage/parent", "I/O trees are always built from the empty root");
    }
    if (parent.version === root.version) {
      throw new QanatError("storage/parent", "a root cannot be made from another root of the same version");
    }
    if (this.#tables.record(parent) === null) throw nodeDbErrors.rootNotFound();
  }

  #checkPending(): void {
    const { latest } = this.#tables.state();
    const from: readonly [bigint] = [latest === null ? 0n : latest + 1n];
    let pending = 0;
    for (const _ of this.#tables.roots.keys({ from, limit: MAX_PENDING_ROOTS })) pending++;
    if (pending === MAX_PENDING_ROOTS) {
      throw new QanatError("storage/pending", "too many roots that are not finalized", { pending });
    }
  }
}

function textOf(root: Root): string {
  return `${root.version} ${root.root_type} ${toHex(root.hash)}`;
}
