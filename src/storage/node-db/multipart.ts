import type { Infer } from "../../codec/codec.ts";
import { nodeDbErrors, storageErrors } from "../../types/errors.ts";
import type { Metadata } from "../../types/storage.ts";
import { Internal, type Node, type Ref } from "../mkvs/node.ts";
import { emptyRoot, isEmptyRoot } from "../root.ts";
import type { RestoreRecord } from "../tables.ts";
import { addGarbageTree } from "./garbage.ts";
import { keyOf, type NodeDbTables } from "./node-db-tables.ts";

type Restore = Infer<typeof RestoreRecord>;

/** Nodes that are stored in one transaction. */
const NODES_A_STEP = 200;

/**
 * One version, further on than what is stored, whose trees are put together from the chunks of checkpoints
 * (facts/formats.md 6.6). While it is under way nothing else is committed or pruned. It goes on after a restart: every
 * piece that was stored is there.
 *
 * A chunk is part of the tree from the root on, so the nodes are stored from the top down: a node that is stored has
 * given numbers to all its children, and whoever comes by again, with whatever other part of the tree, finds them.
 */
export class Multipart {
  readonly #tables: NodeDbTables;
  readonly #discardPending: () => void;

  /** @param discardPending drops all versions that are not finalized */
  constructor(tables: NodeDbTables, discardPending: () => void) {
    this.#tables = tables;
    this.#discardPending = discardPending;
  }

  /** The version that is being restored; null when none is. */
  get version(): bigint | null {
    return this.#tables.state().multipart;
  }

  /**
   * Begins to restore a version; candidates of others are dropped. Nothing happens when it is begun already.
   * @throws CodedError `storage/mkvs/db` 14 for version 0, 13 while another one is under way, 4 when the version is
   *   finalized, 12
   */
  start(version: bigint): void {
    this.#tables.checkWritable();
    const { latest, multipart } = this.#tables.state();
    if (version === 0n) throw nodeDbErrors.invalidMultipartVersion();
    if (multipart === version) return;
    if (multipart !== null) throw nodeDbErrors.multipartInProgress();
    if (latest !== null && version <= latest) throw nodeDbErrors.alreadyFinalized();
    this.#tables.environment.transaction(() => {
      this.#discardPending();
      this.#tables.setState({ multipart: version });
    });
  }

  /** Ends without a result. The nodes are garbage then. Nothing happens when nothing is under way. */
  abort(): void {
    this.#tables.checkWritable();
    if (this.version === null) return;
    this.#tables.environment.transaction(() => {
      for (const { root } of this.checkpoints()) this.drop(root.root_type);
      this.#tables.setState({ multipart: null });
    });
  }

  /** Ends with what was restored; in the transaction that makes it final. */
  finish(): void {
    for (const { root } of this.checkpoints()) this.#tables.restores.remove([root.root_type]);
    this.#tables.setState({ multipart: null });
  }

  /** The checkpoints that were begun, also those that are complete. */
  checkpoints(): Metadata[] {
    return [...this.#tables.restores.range()].map(([, { checkpoint }]) => checkpoint);
  }

  /** Which chunks of a tree are stored; null when the tree was not begun. */
  storedChunks(rootType: number): boolean[] | null {
    const restore = this.#tables.restores.get([rootType]);
    return restore === null ? null : Array.from(restore.chunks!, (byte) => byte === STORED);
  }

  /**
   * Begins a tree.
   * @throws CodedError `storage/mkvs/db` 14 when its version is not the one that is being restored, 10, 12; TypeError
   *   when its kind of tree was begun before
   */
  begin(checkpoint: Metadata): void {
    const { root, chunks } = checkpoint;
    this.#tables.checkWritable();
    this.#tables.checkNamespace(root);
    if (root.version !== this.version) throw nodeDbErrors.invalidMultipartVersion();
    if (this.#tables.restores.has([root.root_type])) throw new TypeError("this tree was begun before");
    this.#tables.environment.transaction(() => {
      const isEmpty = isEmptyRoot(root);
      const top = isEmpty ? 0 : this.#tables.takeNumbers(1);
      if (!isEmpty) this.#tables.keepNumbers();
      this.#tables.restores.put([root.root_type], {
        checkpoint,
        chunks: new Uint8Array(chunks?.length ?? 0),
        top: BigInt(top),
        numbers: isEmpty ? 0n : 1n,
        nodes: 0n,
      });
    });
  }

  /** Drops what there is of a tree. Its nodes are garbage then. */
  drop(rootType: number): void {
    const { environment, restores } = this.#tables;
    const restore = restores.get([rootType]);
    if (restore === null) return;
    environment.transaction(() => {
      addGarbageTree(this.#tables, Number(restore.top));
      this.#tables.forget(restore.checkpoint.root);
      restores.remove([rootType]);
    });
  }

  /**
   * Stores a chunk, some nodes at a time, each step durable.
   * @param top the part of the tree, verified; what it leaves out has no node
   * @returns whether the tree is complete with it; its root is then a candidate of its version
   * @throws CodedError `storage` 3 when it was the last chunk and the tree is still not complete
   */
  *put(rootType: number, index: number, top: Ref | null): Generator<void, boolean> {
    const { environment, restores } = this.#tables;
    const open: Placed[] = [];
    const first = restores.get([rootType])!;
    if (top !== null) open.push({ ref: top, number: Number(first.top) });
    for (;;) {
      const isComplete = environment.transaction(() => {
        const restore = restores.get([rootType])!;
        this.#storeSome(open, restore);
        if (open.length === 0) restore.chunks![index] = STORED;
        restores.put([rootType], restore);
        return open.length === 0 && this.#complete(restore);
      });
      if (open.length === 0) return isComplete;
      yield;
    }
  }

  /** Stores the next nodes; those that are there already only lead further down. */
  #storeSome(open: Placed[], restore: Restore): void {
    const { nodes } = this.#tables;
    for (let count = 0; count < NODES_A_STEP && open.length > 0; count++) {
      const { ref, number } = open.pop()!;
      const node = ref.node!;
      const stored = nodes.get([number]);
      const numbers = stored === null ? this.#giveNumbers(node, restore) : childNumbers(stored);
      if (stored === null) {
        nodes.put([number], node);
        restore.nodes++;
      }
      for (const [i, child] of slots(node).entries()) {
        if (child !== null && child.node !== null) open.push({ ref: child, number: numbers[i]! });
      }
    }
    this.#tables.keepNumbers();
  }

  /** Gives numbers to a node's children, whether the chunk has them or not. */
  #giveNumbers(node: Node, restore: Restore): number[] {
    return slots(node).map((child) => {
      if (child === null) return 0;
      child.id = this.#tables.takeNumbers(1);
      restore.numbers++;
      return child.id;
    });
  }

  /** Makes the root a candidate when the last chunk is stored. */
  #complete({ checkpoint: { root }, chunks, top, numbers, nodes }: Restore): boolean {
    if (chunks!.some((byte) => byte !== STORED)) return false;
    if (numbers !== nodes) {
      throw storageErrors.expectedRootMismatch().with("the chunks leave out a part of the tree", {
        known: nodes,
        named: numbers,
      });
    }
    if (!isEmptyRoot(root)) {
      const { version, hash: parent_hash } = emptyRoot(root.ns, root.version, root.root_type);
      this.#tables.roots.put(keyOf(root), {
        parent_version: version,
        parent_hash,
        top,
        first_node: top,
        node_count: numbers,
      });
    }
    return true;
  }
}

/** A node of a chunk and the number that it has, or gets, in the database. */
interface Placed {
  readonly ref: Ref;
  readonly number: number;
}

const STORED = 1;

/** The places for children that a node has. */
function slots(node: Node): readonly (Ref | null)[] {
  return node instanceof Internal ? [node.leaf, node.left, node.right] : [];
}

function childNumbers(node: Node): number[] {
  return slots(node).map((child) => child?.id ?? 0);
}
