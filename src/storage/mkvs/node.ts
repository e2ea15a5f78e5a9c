import { EMPTY_HASH, sha512_256 } from "../../crypto/hash.ts";
import { bytesForBits } from "./bits.ts";

/** A key with its value. Never changed once made. */
export class Leaf {
  readonly key: Uint8Array;
  readonly value: Uint8Array;

  constructor(key: Uint8Array, value: Uint8Array) {
    this.key = key;
    this.value = value;
  }
}

/**
 * A fork of the tree. The label holds the bits between the parent's end and this node; the key that ends
 * exactly here is in the leaf slot, the others go left or right by their next bit.
 */
export class Internal {
  label: Uint8Array;
  labelBits: number;
  leaf: Ref | null;
  left: Ref | null;
  right: Ref | null;

  constructor(label: Uint8Array, labelBits: number, leaf: Ref | null, left: Ref | null, right: Ref | null) {
    this.label = label;
    this.labelBits = labelBits;
    this.leaf = leaf;
    this.left = left;
    this.right = right;
  }
}

export type Node = Leaf | Internal;

/**
 * A reference to a node. No node is referred to by null.
 *
 * A reference is *shared* once its node is stored or came from a store or a proof: trees of several versions may
 * hold it, so neither it nor its node changes any more, except that the node may leave memory and come back.
 * A reference that is not shared belongs to one tree, which changes it in place.
 */
export class Ref {
  /** Null while the node or something below it changed since it was last hashed; so is then every hash above. */
  hash: Uint8Array | null;
  /** Null while the node is not in memory; only shared references are ever so. */
  node: Node | null;
  /** Number under which the node database holds the node; 0 when it does not. */
  id: number;
  shared: boolean;
  /** Set by every use, cleared by the cache when it looks for what to drop. */
  used: boolean;

  constructor(hash: Uint8Array | null, node: Node | null, id: number, shared: boolean) {
    this.hash = hash;
    this.node = node;
    this.id = id;
    this.shared = shared;
    this.used = false;
  }
}

/** A reference to a node that is new in a tree. */
export function newRef(node: Node): Ref {
  return new Ref(null, node, 0, false);
}

/** Where nodes come from that are not in memory. */
export interface NodeSource {
  /**
   * Brings the node of a shared reference into memory and returns it.
   * @throws CodedError `storage/mkvs/db` 1 when there is no such node
   */
  load(ref: Ref): Node;
}

/** The node of a reference, loaded when it is not in memory. */
export function nodeOf(source: NodeSource, ref: Ref): Node {
  ref.used = true;
  return ref.node ?? source.load(ref);
}

/** The hash of what `ref` refers to; it must be known already. */
export function hashOfRef(ref: Ref | null): Uint8Array {
  return ref === null ? EMPTY_HASH : ref.hash!;
}

/** The children that a node has, in key order. */
export function children(node: Node): Ref[] {
  if (node instanceof Leaf) return [];
  return [node.leaf, node.left, node.right].filter((child) => child !== null);
}

/** Hash of a node whose children are hashed. facts/formats.md 6.1. */
export function hashNode(node: Node): Uint8Array {
  if (node instanceof Leaf) {
    const { key, value } = node;
    const bytes = scratchOf(9 + key.length + value.length);
    bytes[0] = 0;
    putU32le(bytes, 1, key.length);
    bytes.set(key, 5);
    putU32le(bytes, 5 + key.length, value.length);
    bytes.set(value, 9 + key.length);
    return sha512_256(bytes.subarray(0, 9 + key.length + value.length));
  }
  const labelLength = bytesForBits(node.labelBits);
  const bytes = scratchOf(3 + labelLength + 96);
  bytes[0] = 1;
  bytes[1] = node.labelBits;
  bytes[2] = node.labelBits >>> 8;
  bytes.set(node.label, 3);
  let at = 3 + labelLength;
  for (const child of [node.leaf, node.left, node.right]) {
    bytes.set(hashOfRef(child), at);
    at += 32;
  }
  return sha512_256(bytes.subarray(0, at));
}

/** Hashes what changed below `root`. */
export function hashChanges(root: Ref | null): void {
  const changed = collect(root, (ref) => ref.hash === null);
  // Children come after their parent, so backwards they come first.
  for (let i = changed.length - 1; i >= 0; i--) changed[i]!.hash = hashNode(changed[i]!.node!);
}

/** The references below `root` that belong to this tree alone, each before those below it. */
export function ownRefs(root: Ref | null): Ref[] {
  return collect(root, (ref) => !ref.shared);
}

/**
 * References in pre-order, going down only where `wanted`, which implies that the node is in memory. No
 * recursion: only the length of keys bounds the depth.
 */
function collect(root: Ref | null, wanted: (ref: Ref) => boolean): Ref[] {
  const found: Ref[] = [];
  const open: (Ref | null)[] = [root];
  while (open.length > 0) {
    const ref = open.pop()!;
    if (ref === null || !wanted(ref)) continue;
    found.push(ref);
    const node = ref.node;
    if (node instanceof Internal) open.push(node.right, node.left, node.leaf);
  }
  return found;
}

function putU32le(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

/** Space for a preimage, reused; leaves with long values get their own. */
function scratchOf(length: number): Uint8Array {
  return length <= scratch.length ? scratch : new Uint8Array(length);
}

const scratch = new Uint8Array(4096);
