import { equal, toHex } from "../../codec/bytes.ts";
import type { Infer } from "../../codec/codec.ts";
import type { Hash, Namespace } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { nodeDbErrors } from "../../types/errors.ts";
import { ROOT_IO, type Root, type WriteLog } from "../../types/storage.ts";
import type { Environment } from "../environment/environment.ts";
import type { TableOf } from "../environment/table.ts";
import { children, type Node, Ref } from "../mkvs/node.ts";
import { follows, isEmptyRoot, sameRoot } from "../root.ts";
import { type NodeDbMeta, type RootRecord, tables } from "../tables.ts";
import { NodeCache } from "./node-cache.ts";
import type { Batch, NodeDb } from "./node-db.ts";

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

type RootKey = [version: bigint, rootType: number, hash: Hash];
type Record = Infer<typeof RootRecord>;
type Meta = Infer<typeof NodeDbMeta>;

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
  readonly #environment: Environment;
  readonly #discardWriteLogs: boolean;
  readonly #cache: NodeCache;
  readonly #meta: TableOf<typeof tables.nodeDbMeta>;
  readonly #nodes: TableOf<typeof tables.nodes>;
  readonly #roots: TableOf<typeof tables.roots>;
  readonly #obsolete: TableOf<typeof tables.obsoleteNodes>;
  readonly #logs: TableOf<typeof tables.writeLogs>;
  readonly #tops = new Map<number, Ref>();
  /** Numbers are not given twice, even when the transaction that used them first was undone. */
  #nextNode = 1;

  constructor(environment: Environment, namespace: Namespace, options: NodeDbOptions) {
    const scope = toHex(namespace);
    this.namespace = namespace;
    this.#environment = environment;
    this.#discardWriteLogs = options.discardWriteLogs ?? false;
    this.#cache = new NodeCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
    this.#meta = environment.table(tables.nodeDbMeta, scope);
    this.#nodes = environment.table(tables.nodes, scope);
    this.#roots = environment.table(tables.roots, scope);
    this.#obsolete = environment.table(tables.obsoleteNodes, scope);
    this.#logs = environment.table(tables.writeLogs, scope);
  }

  hasRoot(root: Root): boolean {
    if (!equal(root.ns, this.namespace)) return false;
    return isEmptyRoot(root) || this.#record(root) !== null;
  }

  rootsForVersion(version: bigint): Root[] {
    return [...this.#roots.keys({ prefix: [version] })].map(([, root_type, hash]) => ({
      ns: this.namespace,
      version,
      root_type,
      hash,
    }));
  }

  latestVersion(): bigint | null {
    return this.#state().latest;
  }

  earliestVersion(): bigint {
    return this.#state().earliest;
  }

  writeLog(start: Root, end: Root): NonNullable<WriteLog> {
    if (!follows(end, start)) throw nodeDbErrors.rootMustFollowOld();
    this.#checkNamespace(start);
    if (this.#discardWriteLogs || end.version < this.earliestVersion()) throw nodeDbErrors.writeLogNotFound();
    const record = this.#record(end);
    if (record === null) throw nodeDbErrors.rootNotFound();
    // The log's key has no version of the parent, which may have the same hash in both versions it can have.
    const log = record.parent_version === start.version ? this.#logs.get([...keyOf(end), start.hash]) : null;
    if (log === null) throw nodeDbErrors.writeLogNotFound();
    return log;
  }

  top(root: Root): Ref | null {
    this.#checkNamespace(root);
    if (isEmptyRoot(root)) return null;
    const record = this.#record(root);
    if (record === null) throw nodeDbErrors.rootNotFound();
    return this.#topOf(Number(record.top), root.hash);
  }

  load(ref: Ref): Node {
    const node = ref.id === 0 ? null : this.#nodes.get([ref.id]);
    if (node === null) throw nodeDbErrors.nodeNotFound();
    ref.node = node;
    this.#cache.add(ref);
    return node;
  }

  commit(batch: Batch): Ref | null {
    const { parent, root } = batch;
    this.#checkWritable();
    if (root.version !== parent.version && root.version !== parent.version + 1n) {
      throw nodeDbErrors.rootMustFollowOld();
    }
    this.#checkNamespace(parent);
    if (!isEmptyRoot(parent)) this.#checkParent(parent, root);
    this.#checkNamespace(root);
    if (!follows(root, parent)) throw nodeDbErrors.rootMustFollowOld();
    this.#checkNotFinalized(root.version);
    if (this.#record(root) !== null) return this.top(root);
    this.#checkPending();
    return this.#store(batch);
  }

  finalize(roots: readonly Root[]): void {
    this.#checkWritable();
    const version = roots[0]?.version;
    if (version === undefined) throw new QanatError("storage/no-roots", "finalizing needs at least one root");
    this.#checkNotFinalized(version);
    const { latest } = this.#state();
    if (latest !== null && version !== latest + 1n) throw nodeDbErrors.notFinalized();
    for (const root of roots) {
      this.#checkNamespace(root);
      if (
        root.version !== version ||
        roots.some((other) => other !== root && other.root_type === root.root_type)
      ) {
        throw new QanatError("storage/roots", "finalizing takes roots of one version, one of each type");
      }
      if (!this.hasRoot(root)) throw nodeDbErrors.rootNotFound();
    }
    this.#environment.transaction(() => {
      for (const other of this.rootsForVersion(version)) {
        if (!roots.some((root) => sameRoot(root, other))) this.#discard(other);
      }
      if (latest === null) this.#dropBefore(roots, version);
      const state = this.#state();
      this.#meta.put(["state"], {
        ...state,
        earliest: latest === null ? version : state.earliest,
        latest: version,
      });
    });
  }

  prune(version: bigint): void {
    this.#checkWritable();
    const state = this.#state();
    if (state.latest === null || version > state.latest) throw nodeDbErrors.notFinalized();
    if (version !== state.earliest) throw nodeDbErrors.notEarliest();
    if (version === state.latest) throw nodeDbErrors.cannotPruneLatestVersion();
    this.#environment.transaction(() => {
      for (const root of this.rootsForVersion(version)) {
        const successor = this.rootsForVersion(version + 1n).find((next) => this.#isChild(next, root));
        if (successor !== undefined) this.#dropReplaced(root, successor);
        else this.#dropTree(root);
      }
      this.#meta.put(["state"], { ...this.#state(), earliest: version + 1n });
    });
  }

  #store(batch: Batch): Ref | null {
    const { parent, root, top, added, obsolete, writeLog } = batch;
    const state = this.#state();
    const first = Math.max(this.#nextNode, Number(state.next_node));
    this.#nextNode = first + added.length;
    for (let i = 0; i < added.length; i++) added[i]!.id = first + i;
    try {
      this.#environment.transaction(() => {
        for (const ref of added) this.#nodes.put([ref.id], ref.node!);
        this.#roots.put(keyOf(root), {
          parent_version: parent.version,
          parent_hash: parent.hash,
          top: BigInt(top?.id ?? 0),
          first_node: BigInt(first),
          node_count: BigInt(added.length),
        });
        if (obsolete.length > 0) this.#obsolete.put(keyOf(root), obsolete);
        if (!this.#discardWriteLogs) this.#logs.put([...keyOf(root), parent.hash], writeLog.slice());
        this.#meta.put(["state"], { ...state, next_node: BigInt(this.#nextNode) });
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
    const record = this.#record(root)!;
    const first = Number(record.first_node);
    for (let id = first; id < first + Number(record.node_count); id++) this.#nodes.remove([id]);
    this.#forget(root);
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
    for (const [at, root_type, hash] of [...this.#roots.keys({ to: [version] })]) {
      const root: Root = { ns: this.namespace, version: at, root_type, hash };
      const successor = successors.get(textOf(root));
      if (successor !== undefined) this.#dropReplaced(root, successor);
      else if (this.#record(root) !== null) this.#discard(root);
    }
  }

  /** Deletes a root and the nodes that its successor does not have. */
  #dropReplaced(root: Root, successor: Root): void {
    for (const id of this.#obsolete.get(keyOf(successor)) ?? []) this.#nodes.remove([id]);
    this.#obsolete.remove(keyOf(successor));
    this.#forget(root);
  }

  /** Deletes a root that nothing was made from, with all its nodes: those it took over have no other owner left. */
  #dropTree(root: Root): void {
    const open = [Number(this.#record(root)!.top)];
    while (open.length > 0) {
      const id = open.pop()!;
      const node = this.#nodes.get([id]);
      if (node === null) continue;
      for (const child of children(node)) open.push(child.id);
      this.#nodes.remove([id]);
    }
    this.#forget(root);
  }

  #forget(root: Root): void {
    this.#roots.remove(keyOf(root));
    this.#obsolete.remove(keyOf(root));
    for (const key of [...this.#logs.keys({ prefix: keyOf(root) })]) this.#logs.remove(key);
  }

  #isChild(root: Root, parent: Root): boolean {
    const found = this.#parentOf(root);
    return found !== null && sameRoot(found, parent);
  }

  /** The root that `root` was made from; null when that is the empty one. */
  #parentOf(root: Root): Root | null {
    const record = this.#record(root);
    if (record === null) return null;
    const parent = { ...root, version: record.parent_version, hash: record.parent_hash };
    return isEmptyRoot(parent) ? null : parent;
  }

  #record(root: Root): Record | null {
    return equal(root.ns, this.namespace) ? this.#roots.get(keyOf(root)) : null;
  }

  #state(): Meta {
    return this.#meta.get(["state"]) ?? { earliest: 0n, latest: null, next_node: 1n };
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

  #checkWritable(): void {
    if (this.#environment.readonly) throw nodeDbErrors.readOnly();
  }

  #checkNotFinalized(version: bigint): void {
    const { latest } = this.#state();
    if (latest !== null && version <= latest) throw nodeDbErrors.alreadyFinalized();
  }

  #checkNamespace(root: Root): void {
    if (!equal(root.ns, this.namespace)) throw nodeDbErrors.badNamespace();
  }

  /** What a root other than the empty one must be to have children. */
  #checkParent(parent: Root, root: Root): void {
    if (parent.root_type === ROOT_IO) {
      throw new QanatError("storage/parent", "I/O trees are always built from the empty root");
    }
    if (parent.version === root.version) {
      throw new QanatError("storage/parent", "a root cannot be made from another root of the same version");
    }
    if (this.#record(parent) === null) throw nodeDbErrors.rootNotFound();
  }

  #checkPending(): void {
    const { latest } = this.#state();
    const from: readonly [bigint] = [latest === null ? 0n : latest + 1n];
    let pending = 0;
    for (const _ of this.#roots.keys({ from, limit: MAX_PENDING_ROOTS })) pending++;
    if (pending === MAX_PENDING_ROOTS) {
      throw new QanatError("storage/pending", "too many roots that are not finalized", { pending });
    }
  }
}

function keyOf(root: Root): RootKey {
  return [root.version, root.root_type, root.hash];
}

function textOf(root: Root): string {
  return `${root.version} ${root.root_type} ${toHex(root.hash)}`;
}
