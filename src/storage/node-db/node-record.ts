import { QanatError } from "../../codec/errors.ts";
import type { ValueCodec } from "../environment/table.ts";
import { bytesForBits } from "../mkvs/bits.ts";
import { Internal, Leaf, type Node, Ref } from "../mkvs/node.ts";

const HASH_LENGTH = 32;
/** Length of a node's number: enough for a million nodes a second for nine years. */
export const NODE_ID_LENGTH = 6;
const LEAF = 0;
const INTERNAL = 1;
/** Bits of the first byte of a fork that say which children follow. */
const HAS_LEAF = 2;
const HAS_LEFT = 4;
const HAS_RIGHT = 8;
const CHILD_LENGTH = NODE_ID_LENGTH + HASH_LENGTH;

/**
 * Stored form of a node, ours alone. A leaf is `0`, u16 key length, key, value. A fork is `1` with flags, u16 label
 * bits, label, and for each child its number and hash, so that a child's hash is known before it is loaded.
 * Numbers are big-endian. Children must be hashed and numbered.
 */
export const nodeRecord: ValueCodec<Node> = { encode: encodeNode, decode: decodeNode };

function encodeNode(node: Node): Uint8Array {
  if (node instanceof Leaf) {
    const bytes = scratchOf(3 + node.key.length + node.value.length);
    bytes[0] = LEAF;
    putU16(bytes, 1, node.key.length);
    bytes.set(node.key, 3);
    bytes.set(node.value, 3 + node.key.length);
    return bytes;
  }
  const labelLength = bytesForBits(node.labelBits);
  const bytes = scratchOf(
    3 + labelLength + childLength(node.leaf) + childLength(node.left) + childLength(node.right),
  );
  bytes[0] = INTERNAL;
  putU16(bytes, 1, node.labelBits);
  bytes.set(node.label, 3);
  let at = 3 + labelLength;
  at = putChild(bytes, at, node.leaf, HAS_LEAF);
  at = putChild(bytes, at, node.left, HAS_LEFT);
  putChild(bytes, at, node.right, HAS_RIGHT);
  return bytes;
}

function childLength(child: Ref | null): number {
  return child === null ? 0 : CHILD_LENGTH;
}

function putChild(bytes: Uint8Array, at: number, child: Ref | null, flag: number): number {
  if (child === null) return at;
  bytes[0]! |= flag;
  putId(bytes, at, child.id);
  bytes.set(child.hash!, at + NODE_ID_LENGTH);
  return at + CHILD_LENGTH;
}

function decodeNode(bytes: Uint8Array): Node {
  const flags = bytes[0];
  if (bytes.length < 3 || flags === undefined) throw damaged();
  if (flags === LEAF) {
    const keyEnd = 3 + u16At(bytes, 1);
    if (keyEnd > bytes.length) throw damaged();
    return new Leaf(bytes.subarray(3, keyEnd), bytes.subarray(keyEnd));
  }
  const labelBits = u16At(bytes, 1);
  const labelEnd = 3 + bytesForBits(labelBits);
  const leafEnd = labelEnd + ((flags & HAS_LEAF) === 0 ? 0 : CHILD_LENGTH);
  const leftEnd = leafEnd + ((flags & HAS_LEFT) === 0 ? 0 : CHILD_LENGTH);
  const rightEnd = leftEnd + ((flags & HAS_RIGHT) === 0 ? 0 : CHILD_LENGTH);
  if ((flags & INTERNAL) === 0 || rightEnd !== bytes.length) throw damaged();
  return new Internal(
    bytes.subarray(3, labelEnd),
    labelBits,
    childAt(bytes, labelEnd, leafEnd),
    childAt(bytes, leafEnd, leftEnd),
    childAt(bytes, leftEnd, rightEnd),
  );
}

function childAt(bytes: Uint8Array, start: number, end: number): Ref | null {
  if (start === end) return null;
  return new Ref(bytes.subarray(start + NODE_ID_LENGTH, end), null, idAt(bytes, start), true);
}

/** Numbers of nodes one behind the other. */
export const nodeIds: ValueCodec<readonly number[]> = {
  encode(ids) {
    const bytes = new Uint8Array(ids.length * NODE_ID_LENGTH);
    for (let i = 0; i < ids.length; i++) putId(bytes, i * NODE_ID_LENGTH, ids[i]!);
    return bytes;
  },
  decode(bytes) {
    if (bytes.length % NODE_ID_LENGTH !== 0) throw damaged();
    return Array.from({ length: bytes.length / NODE_ID_LENGTH }, (_, i) => idAt(bytes, i * NODE_ID_LENGTH));
  },
};

function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function u16At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function putId(bytes: Uint8Array, at: number, id: number): void {
  putU16(bytes, at, Math.floor(id / 2 ** 32));
  putU16(bytes, at + 2, id >>> 16);
  putU16(bytes, at + 4, id);
}

function idAt(bytes: Uint8Array, at: number): number {
  return u16At(bytes, at) * 2 ** 32 + u16At(bytes, at + 2) * 2 ** 16 + u16At(bytes, at + 4);
}

/** Space for a record, used again for the next: the database copies it. */
function scratchOf(length: number): Uint8Array {
  return length <= scratch.length ? scratch.subarray(0, length) : new Uint8Array(length);
}

const scratch = new Uint8Array(16_384);

function damaged(): QanatError {
  return new QanatError("storage/damaged", "a stored tree node cannot be read: the database is damaged");
}
