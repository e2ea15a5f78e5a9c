import { QanatError } from "../../codec/errors.ts";
import { bytesForBits } from "../mkvs/bits.ts";
import { hashNode, Internal, Leaf, type Node, type NodeSource, nodeOf, Ref } from "../mkvs/node.ts";

const LEAF = 0;
const INTERNAL = 1;
/** Stands for an empty leaf slot. */
const NO_LEAF = 2;

/** Versions of proofs there are: in 0 a fork brings its leaf along, in 1 the leaf is a child like the others. */
export type ProofVersion = 0 | 1;

/** A node as a proof carries it: a fork without the hashes of its children. facts/formats.md 6.1. */
export function proofNodeBytes(source: NodeSource, node: Node, version: ProofVersion): Uint8Array {
  if (node instanceof Leaf) return leafBytes(node);
  const labelLength = bytesForBits(node.labelBits);
  const leaf =
    version === 0 && node.leaf !== null ? leafBytes(nodeOf(source, node.leaf) as Leaf) : EMPTY_SLOT;
  const bytes = new Uint8Array(3 + labelLength + leaf.length);
  bytes[0] = INTERNAL;
  bytes[1] = node.labelBits;
  bytes[2] = node.labelBits >>> 8;
  bytes.set(node.label, 3);
  bytes.set(leaf, 3 + labelLength);
  return bytes;
}

/**
 * A node of a proof; a fork has at most its leaf. Bytes after it are ignored, as the network does.
 * @throws QanatError `mkvs/malformed-node`
 */
export function readProofNode(bytes: Uint8Array): Node {
  if (bytes[0] === LEAF) return readLeaf(bytes, 0);
  if (bytes[0] !== INTERNAL || bytes.length < 4) throw malformed();
  const labelBits = bytes[1]! | (bytes[2]! << 8);
  const labelEnd = 3 + bytesForBits(labelBits);
  if (labelEnd >= bytes.length) throw malformed();
  const leaf = bytes[labelEnd] === NO_LEAF ? null : readLeaf(bytes, labelEnd);
  const leafRef = leaf === null ? null : new Ref(hashNode(leaf), leaf, 0, true);
  return new Internal(bytes.slice(3, labelEnd), labelBits, leafRef, null, null);
}

const EMPTY_SLOT = Uint8Array.of(NO_LEAF);

function leafBytes({ key, value }: Leaf): Uint8Array {
  const bytes = new Uint8Array(7 + key.length + value.length);
  bytes[0] = LEAF;
  bytes[1] = key.length;
  bytes[2] = key.length >>> 8;
  bytes.set(key, 3);
  new DataView(bytes.buffer).setUint32(3 + key.length, value.length, true);
  bytes.set(value, 7 + key.length);
  return bytes;
}

function readLeaf(bytes: Uint8Array, at: number): Leaf {
  if (bytes.length < at + 7 || bytes[at] !== LEAF) throw malformed();
  const keyEnd = at + 3 + (bytes[at + 1]! | (bytes[at + 2]! << 8));
  const valueStart = keyEnd + 4;
  if (valueStart > bytes.length) throw malformed();
  const valueEnd = valueStart + new DataView(bytes.buffer, bytes.byteOffset).getUint32(keyEnd, true);
  if (valueEnd > bytes.length) throw malformed();
  return new Leaf(bytes.slice(at + 3, keyEnd), bytes.slice(valueStart, valueEnd));
}

function malformed(): QanatError {
  return new QanatError("mkvs/malformed-node", "mkvs: malformed node");
}
