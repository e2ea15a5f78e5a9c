import { equal } from "../../codec/bytes.ts";
import { HASH_LENGTH, type Hash } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { EMPTY_HASH } from "../../crypto/hash.ts";
import type { Proof } from "../../types/storage.ts";
import { hashNode, Internal, Ref } from "../mkvs/node.ts";
import { ENTRY_HASH, ENTRY_NODE } from "./proof-entry.ts";
import { readProofNode } from "./proof-node.ts";

/**
 * Rebuilds the part of a tree that a proof carries and checks that it belongs to `root`.
 * @returns the top; references to what the proof leaves out have no node. Null for the proof of an empty tree.
 * @throws QanatError `mkvs/bad-proof` or `mkvs/malformed-node` when it proves nothing about `root`
 */
export function verifyProof(root: Hash, proof: Proof): Ref | null {
  const steps = verifyProofInSteps(root, proof);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Nodes of one step of {@link verifyProofInSteps}. */
const NODES_A_STEP = 256;

/** As {@link verifyProof}, a few nodes at a time. */
export function* verifyProofInSteps(root: Hash, proof: Proof): Generator<void, Ref | null> {
  if (proof.v !== 0 && proof.v !== 1) throw bad(`unsupported proof version: ${proof.v}`);
  if (!equal(proof.untrusted_root, root)) throw bad("proof for another root");
  const entries = proof.entries ?? [];
  let top: Ref | null = null;
  let next = 0;
  /** Nodes in the order of the proof: a parent before its children. */
  const nodes: Ref[] = [];
  // The slot to fill next is on top; it starts with the place of the root itself.
  const open: (Slot | null)[] = [null];
  while (open.length > 0) {
    if (next % NODES_A_STEP === NODES_A_STEP - 1) yield;
    const slot = open.pop()!;
    if (next >= entries.length) throw bad("entries are missing");
    const ref = readEntry(entries[next++]!);
    if (slot === null) top = ref;
    else slot.parent[slot.name] = ref;
    if (ref === null || ref.node === null) continue;
    nodes.push(ref);
    if (!(ref.node instanceof Internal)) continue;
    const parent = ref.node;
    open.push({ parent, name: "right" }, { parent, name: "left" });
    if (proof.v === 1) open.push({ parent, name: "leaf" });
  }
  if (next !== entries.length) throw bad("unused entries");
  for (let i = nodes.length - 1; i >= 0; i--) {
    nodes[i]!.hash = hashNode(nodes[i]!.node!);
    if (i % NODES_A_STEP === NODES_A_STEP - 1) yield;
  }
  if (!equal(top === null ? EMPTY_HASH : top.hash!, root)) throw bad("hashes to another root");
  return top;
}

/** A child slot that an entry of the proof fills. */
interface Slot {
  readonly parent: Internal;
  readonly name: "leaf" | "left" | "right";
}

/** What one entry says: a node, yet to be hashed, the hash of what is left out, or that nothing is there. */
function readEntry(entry: Uint8Array | null): Ref | null {
  if (entry === null) return null;
  if (entry[0] === ENTRY_NODE) return new Ref(null, readProofNode(entry.subarray(1)), 0, true);
  if (entry[0] !== ENTRY_HASH || entry.length !== 1 + HASH_LENGTH) throw bad("malformed entry");
  const hash = entry.slice(1);
  return equal(hash, EMPTY_HASH) ? null : new Ref(hash, null, 0, true);
}

function bad(reason: string): QanatError {
  return new QanatError("mkvs/bad-proof", `mkvs: proof refused: ${reason}`);
}
