import { LRUCache } from "lru-cache";
import { equal } from "../../codec/bytes.ts";
import type { Hash } from "../../codec/common-types.ts";
import type { Proof, Root } from "../../types/storage.ts";
import { keyId } from "../key-id.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { Internal, Leaf, type Node, Ref } from "../mkvs/node.ts";
import type { ReadonlyTree } from "../tree.ts";
import { MissingNode } from "./partial-tree.ts";
import { verifyProof } from "./verify-proof.ts";

/** Memory that a node takes beside its content: objects, its hash, its place in the table. */
const NODE_OVERHEAD_BYTES = 400;

/**
 * Nodes of trees that somebody else has, known by proofs. A node is what its hash says, whatever tree it came from: so
 * the trees of many versions share it. The least used leave when there are too many.
 */
export class ProvenNodes {
  readonly #nodes: LRUCache<string, Node>;

  constructor(maxBytes: number) {
    this.#nodes = new LRUCache({ maxSize: maxBytes, sizeCalculation: sizeOf });
  }

  /** Memory in use, in bytes, as estimated. */
  get bytes(): number {
    return this.#nodes.calculatedSize;
  }

  /**
   * Takes in the nodes of a proof.
   * @param top hash that is known to be of the tree in question: its root, or a node that was found missing in it
   * @param wanted hash of a node that the proof should have
   * @returns whether it has
   * @throws QanatError `mkvs/bad-proof`, `mkvs/malformed-node`
   */
  merge(top: Hash, proof: Proof, wanted: Hash = top): boolean {
    let hasWanted = false;
    const open = [verifyProof(top, proof)];
    for (let ref = open.pop(); ref !== undefined; ref = open.pop()) {
      if (ref === null || ref.node === null) continue;
      hasWanted ||= equal(ref.hash!, wanted);
      const { node } = ref;
      if (node instanceof Leaf) {
        this.#nodes.set(keyId(ref.hash!), node);
        continue;
      }
      open.push(node.leaf, node.left, node.right);
      // Each node is kept by itself, so that it can leave by itself.
      const [leaf, left, right] = [node.leaf, node.left, node.right].map(withoutNode);
      this.#nodes.set(
        keyId(ref.hash!),
        new Internal(node.label, node.labelBits, leaf ?? null, left ?? null, right ?? null),
      );
    }
    return hasWanted;
  }

  /** A tree of which the nodes here can be read; the others throw {@link MissingNode}. */
  tree(root: Root): ReadonlyTree {
    return MkvsTree.over(
      {
        load: (ref) => {
          const node = this.#nodes.get(keyId(ref.hash!));
          if (node === undefined) throw new MissingNode(ref);
          return node;
        },
      },
      root,
    );
  }
}

function withoutNode(ref: Ref | null): Ref | null {
  return ref === null ? null : new Ref(ref.hash, null, 0, true);
}

function sizeOf(node: Node): number {
  const content = node instanceof Leaf ? node.key.length + node.value.length : node.label.length + 96;
  return NODE_OVERHEAD_BYTES + content;
}
