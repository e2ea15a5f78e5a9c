import { equal } from "../../codec/bytes.ts";
import type { Hash } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { EMPTY_HASH } from "../../crypto/hash.ts";
import type { Proof } from "../../types/storage.ts";
import { keyId } from "../key-id.ts";
import { Internal, type Node, type NodeSource, type Ref } from "../mkvs/node.ts";
import { hashEntry, nodeEntry } from "./proof-entry.ts";
import type { ProofVersion } from "./proof-node.ts";
import type { NodeSink } from "./proving-iterator.ts";

/** Collects nodes of a tree, in any order, and makes the proof that they are in it. facts/formats.md 6.4. */
export class ProofBuilder implements NodeSink {
  readonly version: ProofVersion;
  readonly #source: NodeSource;
  readonly #root: Hash;
  readonly #position: Hash;
  readonly #included = new Map<string, { entry: Uint8Array; children: (Ref | null)[] }>();
  #size = 0;

  /**
   * `root` is the hash of the tree, `position` that of the node that a partial proof may start from.
   * @throws QanatError `mkvs/unsupported-proof-version`
   */
  constructor(source: NodeSource, root: Hash, position: Hash, version: number) {
    if (version !== 0 && version !== 1) {
      throw new QanatError("mkvs/unsupported-proof-version", `mkvs: unsupported proof version: ${version}`);
    }
    this.version = version;
    this.#source = source;
    this.#root = root;
    this.#position = position;
  }

  /** Bytes of the nodes so far, as the network estimates it: a fork's leaf may count twice in version 0. */
  get size(): number {
    return this.#size;
  }

  /** Adds a node; its hash must be known. */
  include(ref: Ref, node: Node): void {
    const id = keyId(ref.hash!);
    if (this.#included.has(id)) return;
    const entry = nodeEntry(this.#source, node, this.version);
    let children: (Ref | null)[] = [];
    if (node instanceof Internal) {
      children = this.version === 0 ? [node.left, node.right] : [node.leaf, node.left, node.right];
    }
    this.#included.set(id, { entry, children });
    this.#size += entry.length;
  }

  /** The proof from the position when that was included, else from the root. */
  build(): Proof {
    const start = this.#included.has(keyId(this.#position)) ? this.#position : this.#root;
    const entries: (Uint8Array | null)[] = [];
    const open: (Hash | null)[] = [equal(start, EMPTY_HASH) ? null : start];
    while (open.length > 0) {
      const hash = open.pop();
      if (hash === null || hash === undefined) {
        entries.push(null);
        continue;
      }
      const node = this.#included.get(keyId(hash));
      if (node === undefined) {
        entries.push(hashEntry(hash));
        continue;
      }
      entries.push(node.entry);
      for (const child of node.children.toReversed()) open.push(child === null ? null : child.hash!);
    }
    return { v: this.version, untrusted_root: start, entries };
  }
}
