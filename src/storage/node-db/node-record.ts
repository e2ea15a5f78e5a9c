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
const CHILD_FLAGS = [2, 4, 8];
const CHILD_LENGTH = NODE_ID_LENGTH + HASH_LENGTH;

/**
 * Stored form of a node, ours alone. A leaf is `0`, u16 key length, key, value. A fork is `1` with flags, u16 label
 * bits, label, and for each child its number and hash, so that a child's hash is known before it is loaded.
 * Numbers are big-endian. Children must be hashed and numbered.
 */
export const nodeRecord: ValueCodec<Node> = { encode: encodeNode, decode: decodeNode };

function encodeNode(node: Node): Uint8Array {
  if (node instanceof Leaf) {
    const bytes = new Uint8Array(3 + node.key.length + node.value.length);
    bytes[0] = LEAF;
    putUint(bytes, 1, 2, node.key.length);
    bytes.set(node.key, 3);
    bytes.set(node.value, 3 + node.key.length);
    return bytes;
  }
  const slots = [node.leaf, node.left, node.right];
  let flags = INTERNAL;
  let length = 3 + bytesForBits(node.labelBits);
  for (let i = 0; i < slots.length; i++) {
    if (slots[i] === null) continue;
    flags |= CHILD_FLAGS[i]!;
    length += CHILD_LENGTH;
  }
  const bytes = new Uint8Array(length);
  bytes[0] = flags;
  putUint(bytes, 1, 2, node.labelBits);
  bytes.set(node.label, 3);
  let at = 3 + bytesForBits(node.labelBits);
  for (const child of slots) {
    if (child === null) continue;
    putUint(bytes, at, NODE_ID_LENGTH, child.id);
    bytes.set(child.hash!, at + NODE_ID_LENGTH);
    at += CHILD_LENGTH;
  }
  return bytes;
}

function decodeNode(bytes: Uint8Array): Node {
  const flags = bytes[0];
  if (bytes.length < 3 || flags === undefined) throw damaged();
  if (flags === LEAF) {
    const keyEnd = 3 + uintAt(bytes, 1, 2);
    if (keyEnd > bytes.length) throw damaged();
    return new Leaf(bytes.subarray(3, keyEnd), bytes.subarray(keyEnd));
  }
  const labelBits = uintAt(bytes, 1, 2);
  let at = 3 + bytesForBits(labelBits);
  const label = bytes.subarray(3, at);
  const slots: (Ref | null)[] = [];
  for (const flag of CHILD_FLAGS) {
    if ((flags & flag) === 0) {
      slots.push(null);
      continue;
    }
    const id = uintAt(bytes, at, NODE_ID_LENGTH);
    slots.push(new Ref(bytes.subarray(at + NODE_ID_LENGTH, at + CHILD_LENGTH), null, id, true));
    at += CHILD_LENGTH;
  }
  if ((flags & INTERNAL) === 0 || at !== bytes.length) throw damaged();
  return new Internal(label, labelBits, slots[0]!, slots[1]!, slots[2]!);
}

/** Numbers of nodes one behind the other. */
export const nodeIds: ValueCodec<readonly number[]> = {
  encode(ids) {
    const bytes = new Uint8Array(ids.length * NODE_ID_LENGTH);
    for (let i = 0; i < ids.length; i++) putUint(bytes, i * NODE_ID_LENGTH, NODE_ID_LENGTH, ids[i]!);
    return bytes;
  },
  decode(bytes) {
    if (bytes.length % NODE_ID_LENGTH !== 0) throw damaged();
    return Array.from({ length: bytes.length / NODE_ID_LENGTH }, (_, i) =>
      uintAt(bytes, i * NODE_ID_LENGTH, NODE_ID_LENGTH),
    );
  },
};

function putUint(bytes: Uint8Array, at: number, length: number, value: number): void {
  let rest = value;
  for (let i = at + length - 1; i >= at; i--) {
    bytes[i] = rest;
    rest = Math.floor(rest / 256);
  }
}

function uintAt(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = at; i < at + length; i++) value = value * 256 + bytes[i]!;
  return value;
}

function damaged(): QanatError {
  return new QanatError("storage/damaged", "a stored tree node cannot be read: the database is damaged");
}
