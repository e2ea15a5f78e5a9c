import { equal, toHex } from "../../codec/bytes.ts";
import type { Infer } from "../../codec/codec.ts";
import type { Hash, Namespace } from "../../codec/common-types.ts";
import { nodeDbErrors } from "../../types/errors.ts";
import type { Root } from "../../types/storage.ts";
import type { Environment } from "../environment/environment.ts";
import type { TableOf } from "../environment/table.ts";
import { type NodeDbMeta, type RootRecord, tables } from "../tables.ts";

type RootKey = [version: bigint, rootType: number, hash: Hash];

/** The tables of one node database, and what all that work on them share. */
export class NodeDbTables {
  readonly namespace: Namespace;
  readonly environment: Environment;
  readonly nodes: TableOf<typeof tables.nodes>;
  readonly roots: TableOf<typeof tables.roots>;
  readonly obsolete: TableOf<typeof tables.obsoleteNodes>;
  readonly logs: TableOf<typeof tables.writeLogs>;
  readonly garbage: TableOf<typeof tables.garbage>;
  readonly restores: TableOf<typeof tables.restores>;
  readonly #meta: TableOf<typeof tables.nodeDbMeta>;
  /**
   * Number of the next node, null before it is needed. Numbers are not given twice, even when the transaction that used
   * them first was undone.
   */
  #nextNode: number | null = null;

  constructor(environment: Environment, namespace: Namespace) {
    const scope = toHex(namespace);
    this.namespace = namespace;
    this.environment = environment;
    this.nodes = environment.table(tables.nodes, scope);
    this.roots = environment.table(tables.roots, scope);
    this.obsolete = environment.table(tables.obsoleteNodes, scope);
    this.logs = environment.table(tables.writeLogs, scope);
    this.garbage = environment.table(tables.garbage, scope);
    this.restores = environment.table(tables.restores, scope);
    this.#meta = environment.table(tables.nodeDbMeta, scope);
  }

  state(): Infer<typeof NodeDbMeta> {
    return this.#meta.get(["state"]) ?? { earliest: 0n, latest: null, next_node: 1n, multipart: null };
  }

  /** Changes a part of the state; inside the transaction that it belongs to. */
  setState(change: Partial<Infer<typeof NodeDbMeta>>): void {
    this.#meta.put(["state"], { ...this.state(), ...change });
  }

  /**
   * Gives out numbers for new nodes, one after the other.
   * @returns the first; none of them was ever given out before, once {@link keepNumbers} is stored with the nodes
   */
  takeNumbers(count: number): number {
    const first = this.#nextNode ?? Number(this.state().next_node);
    this.#nextNode = first + count;
    return first;
  }

  /** Makes it durable which numbers were given out; in the transaction that stores the nodes. */
  keepNumbers(): void {
    if (this.#nextNode !== null) this.setState({ next_node: BigInt(this.#nextNode) });
  }

  /** What is stored about a root; null when it is not known. */
  record(root: Root): Infer<typeof RootRecord> | null {
    return equal(root.ns, this.namespace) ? this.roots.get(keyOf(root)) : null;
  }

  /** All roots of a version. */
  rootsOf(version: bigint): Root[] {
    return [...this.roots.keys({ prefix: [version] })].map(([, root_type, hash]) => ({
      ns: this.namespace,
      version,
      root_type,
      hash,
    }));
  }

  /** Deletes what there is of a root besides its nodes. */
  forget(root: Root): void {
    const { roots, obsolete, logs } = this;
    roots.remove(keyOf(root));
    obsolete.remove(keyOf(root));
    for (const key of [...logs.keys({ prefix: keyOf(root) })]) logs.remove(key);
  }

  /** @throws CodedError `storage/mkvs/db` 10 */
  checkNamespace(root: Root): void {
    if (!equal(root.ns, this.namespace)) throw nodeDbErrors.badNamespace();
  }

  /** @throws CodedError `storage/mkvs/db` 12 */
  checkWritable(): void {
    if (this.environment.readonly) throw nodeDbErrors.readOnly();
  }
}

export function keyOf(root: Root): RootKey {
  return [root.version, root.root_type, root.hash];
}
