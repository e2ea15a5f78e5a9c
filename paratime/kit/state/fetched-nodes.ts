import { equal } from "../../../src/codec/bytes.ts";
import { QanatError } from "../../../src/codec/errors.ts";
import { keyId } from "../../../src/storage/key-id.ts";
import { children, Internal, Leaf, type Node, Ref } from "../../../src/storage/mkvs/node.ts";
import type { Batch, TreeStore } from "../../../src/storage/node-db/node-db.ts";
import { verifyProof } from "../../../src/storage/proof/verify-proof.ts";
import { isEmptyRoot } from "../../../src/storage/root.ts";
import type { Proof, Root } from "../../../src/types/storage.ts";
import { MissingNode } from "./missing-node.ts";

/** Roots whose trees are kept: those of the last rounds, for the next batch and for queries. */
const MAX_ROOTS = 8;
/** Nodes kept before all are dropped and fetched anew as needed, about 30 MB of them. */
export const MAX_NODES = 100_000;

/**
 * The nodes of a ParaTime's state that were fetched from the host, each proven to belong to its root, and those that
 * its own batches made. Trees opened on it throw `MissingNode` where something has yet to be fetched.
 */
export class FetchedNodes implements TreeStore {
  readonly #maxNodes: number;
  /** Most recently used last. */
  readonly #tops = new Map<string, Ref>();
  #nodes = 0;

  constructor(maxNodes = MAX_NODES) {
    this.#maxNodes = maxNodes;
  }

  /** Nodes in memory, those of dropped roots included. */
  get size(): number {
    return this.#nodes;
  }

  /** The top of a root, fetched or not. */
  top(root: Root): Ref | null {
    if (isEmptyRoot(root)) return null;
    const id = keyId(root.hash);
    const top = this.#tops.get(id) ?? new Ref(root.hash, null, 0, true);
    this.#remember(id, top);
    return top;
  }

  load(ref: Ref): Node {
    throw new MissingNode(ref);
  }

  /** Keeps the nodes of a batch, so that the next one finds them; the host stores them when the round is final. */
  commit({ root, top, added }: Batch): Ref | null {
    for (const ref of added) ref.shared = true;
    this.#nodes += added.length;
    if (top !== null) this.#remember(keyId(root.hash), top);
    return top;
  }

  /**
   * Takes in what the host sent for a missing node.
   *
   * @param top of the tree that is read
   * @param missing the node that reading came to
   * @throws QanatError `mkvs/bad-proof` when the host sent something else; `paratime/useless-proof` when it left out
   *   what was missing
   */
  take(top: Ref, missing: Ref, proof: Proof): void {
    // A proof may start at the missing node itself, or at the root of the tree.
    const start = equal(proof.untrusted_root, missing.hash!) ? missing : top;
    this.#nodes += graft(start, verifyProof(start.hash!, proof));
    if (missing.node === null)
      throw new QanatError("paratime/useless-proof", "the host left out what it was asked for");
  }

  /** Makes room when too many nodes have come together. Trees that are open keep theirs. */
  trim(): void {
    if (this.#nodes <= this.#maxNodes) return;
    this.#tops.clear();
    this.#nodes = 0;
  }

  #remember(id: string, top: Ref): void {
    this.#tops.delete(id);
    this.#tops.set(id, top);
    if (this.#tops.size > MAX_ROOTS) this.#tops.delete(this.#tops.keys().next().value!);
  }
}

/** Adds to a tree the nodes of another with the same hash; returns how many. */
function graft(into: Ref, from: Ref | null): number {
  let added = 0;
  const open: [Ref, Ref][] = from === null ? [] : [[into, from]];
  while (open.length > 0) {
    const [target, source] = open.pop()!;
    if (source.node === null) continue;
    if (target.node === null) {
      target.node = source.node;
      added += countNodes(source);
    } else if (target.node instanceof Internal && source.node instanceof Internal) {
      for (const slot of ["leaf", "left", "right"] as const) {
        const [inner, outer] = [target.node[slot], source.node[slot]];
        if (inner !== null && outer !== null) open.push([inner, outer]);
      }
    }
  }
  return added;
}

function countNodes(ref: Ref): number {
  let count = 0;
  const open = [ref];
  while (open.length > 0) {
    const { node } = open.pop()!;
    if (node === null) continue;
    count++;
    if (!(node instanceof Leaf)) open.push(...children(node));
  }
  return count;
}
