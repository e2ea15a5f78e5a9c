import { equal } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import type { Proof, Root } from "../../types/storage.ts";
import { joinBits } from "../mkvs/bits.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { Internal, type Node, type NodeSource, type Ref } from "../mkvs/node.ts";
import { verifyProof } from "./verify-proof.ts";

/** Thrown by reads and writes that need a node no proof brought so far. The tree is as it was before. */
export class MissingNode extends QanatError {
  readonly ref: Ref;

  constructor(ref: Ref) {
    super("mkvs/missing-node", "no proof of this part of the tree yet", { hash: ref.hash });
    this.name = "MissingNode";
    this.ref = ref;
  }
}

/**
 * A tree of which only the root is known at first, and then what proofs bring: nothing in it needs to be trusted.
 *
 * It is read and changed as any tree; what needs a node that is not there throws {@link MissingNode}, and can be
 * repeated once a proof was merged. Changes stay in memory.
 */
export class PartialTree {
  readonly root: Root;
  readonly tree: MkvsTree;
  readonly #top: Ref | null;

  constructor(root: Root) {
    this.root = root;
    const source: NodeSource = {
      load(ref: Ref): Node {
        throw new MissingNode(ref);
      },
    };
    this.tree = MkvsTree.over(source, root);
    this.#top = this.tree.top();
  }

  /**
   * Takes in the nodes of a proof from the root or, for an answer to a missing node, from there.
   * @throws QanatError `mkvs/bad-proof`, `mkvs/malformed-node`
   */
  merge(proof: Proof, missing?: Ref): void {
    const target = missing !== undefined && equal(proof.untrusted_root, missing.hash!) ? missing : this.#top;
    const proven = verifyProof(target?.hash ?? this.root.hash, proof);
    if (target !== null && proven !== null) mergeNodes(target, proven);
  }

  /**
   * A key whose look-up in the original tree leads over `ref`, which must be a child of a node that is there.
   * Goes through all nodes that are there.
   */
  keyTowards(ref: Ref): Uint8Array | null {
    if (ref === this.#top) return NO_BITS;
    const open = this.#top === null ? [] : [{ at: this.#top, depth: 0, path: NO_BITS }];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const { node } = place.at;
      if (!(node instanceof Internal)) continue;
      const end = place.depth + node.labelBits;
      const path = joinBits(place.path, place.depth, node.label, node.labelBits);
      if (node.leaf === ref) return path;
      for (const [child, bit] of [
        [node.left, LEFT],
        [node.right, RIGHT],
      ] as const) {
        if (child === ref) return joinBits(path, end, bit, 1);
        if (child !== null) open.push({ at: child, depth: end, path });
      }
    }
    return null;
  }
}

const NO_BITS: Uint8Array = new Uint8Array(0);
const LEFT = Uint8Array.of(0x00);
const RIGHT = Uint8Array.of(0x80);

/** Puts the nodes below `from` into the references of the same tree below `into`, which lack them. */
function mergeNodes(into: Ref, from: Ref): void {
  const open: [Ref, Ref][] = [[into, from]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [target, { node }] = pair;
    if (node === null) continue;
    if (target.node === null) {
      target.node = node;
    } else if (target.node instanceof Internal && node instanceof Internal) {
      // Equal hashes: the same children.
      for (const slot of ["leaf", "left", "right"] as const) {
        const [old, proven] = [target.node[slot], node[slot]];
        if (old !== null && proven !== null) open.push([old, proven]);
      }
    }
  }
}
