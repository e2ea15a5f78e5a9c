import { fromHex, toHex } from "../../src/codec/bytes.ts";
import type { Address, Namespace, PublicKey } from "../../src/codec/common-types.ts";
import { type MemorySigner, testSigner } from "../../src/crypto/memory-signer.ts";
import { runtimeAddress, stakingAddress } from "../../src/types/account-address.ts";

/** All keys of a node. */
export interface NodeKeys {
  readonly id: MemorySigner;
  readonly consensus: MemorySigner;
  readonly vrf: MemorySigner;
  readonly tls: MemorySigner;
  readonly p2p: MemorySigner;
}

/** Other keys that a node may change to. */
export interface SpareKeys {
  readonly vrf: MemorySigner;
  readonly tls: MemorySigner;
  readonly p2p: MemorySigner;
}

/** An entity and the nodes that it may list. */
export interface EntityKeys {
  readonly signer: MemorySigner;
  readonly nodes: readonly NodeKeys[];
}

const NODES_PER_ENTITY = 2;

function nodeKeys(name: string): NodeKeys {
  const key = (use: string) => testSigner(`fuzz ${name} ${use}`);
  return { id: key("id"), consensus: key("consensus"), vrf: key("vrf"), tls: key("tls"), p2p: key("p2p") };
}

export const entities: readonly EntityKeys[] = ["e0", "e1", "e2", "e3", "e4"].map((name) => ({
  signer: testSigner(`fuzz ${name}`),
  nodes: Array.from({ length: NODES_PER_ENTITY }, (_, n) => nodeKeys(`${name} n${n}`)),
}));

export const nodes: readonly NodeKeys[] = entities.flatMap((entity) => entity.nodes);
export const users: readonly MemorySigner[] = ["u0", "u1", "u2", "u3", "u4"].map((name) =>
  testSigner(`fuzz ${name}`),
);
/** Everybody who sends transactions. */
export const senders: readonly MemorySigner[] = [
  ...entities.map(({ signer }) => signer),
  ...users,
  ...nodes.map(({ id }) => id),
];

/** Policy signers and enclave keys that everybody knows (consensus-b.md 5.1). */
export const policySigners = [0, 1, 2].map((n) => testSigner(`ekiden key manager test multisig key ${n}`));
export const insecureRak = testSigner("ekiden test key manager RAK seed");
export const INSECURE_REK = fromHex("d9dfa375a98e505854e0b2d9d6f6bb00d64dae8c8b9cb3c1852a9dcf4d772b30");

const namespace = (flags: string, last: string): Namespace => fromHex(flags + "0".repeat(46) + last);
export const KEY_MANAGER_ID = namespace("c000000000000000", "a0");
export const SECOND_KEY_MANAGER_ID = namespace("c000000000000000", "a1");
export const COMPUTE_IDS: readonly Namespace[] = [
  namespace("8000000000000000", "01"),
  namespace("0000000000000000", "02"),
  namespace("8000000000000000", "03"),
  namespace("0000000000000000", "04"),
];
/** A key manager and a ParaTime that run in enclaves. */
export const SGX_KEY_MANAGER_ID = namespace("4000000000000000", "b0");
export const SGX_COMPUTE_ID = namespace("0000000000000000", "b1");
export const RUNTIME_IDS: readonly Namespace[] = [
  KEY_MANAGER_ID,
  SECOND_KEY_MANAGER_ID,
  SGX_KEY_MANAGER_ID,
  SGX_COMPUTE_ID,
  ...COMPUTE_IDS,
];

/** Whether a ParaTime is one of those that run in enclaves. */
export function isSgx(id: Namespace): boolean {
  return [SGX_KEY_MANAGER_ID, SGX_COMPUTE_ID].some((sgx) => toHex(sgx) === toHex(id));
}

const byKey = new Map(senders.map((signer) => [toHex(signer.publicKey), signer]));
const nodesById = new Map(nodes.map((node) => [toHex(node.id.publicKey), node]));

/** Signer of a sender's key; undefined for other keys. */
export function signerOf(key: PublicKey): MemorySigner | undefined {
  return byKey.get(toHex(key));
}

/** Keys of a node by its id; undefined for other nodes. */
export function keysOf(id: PublicKey): NodeKeys | undefined {
  return nodesById.get(toHex(id));
}

/** The same node after it changed some of its keys. */
export function withSpareKeys(keys: NodeKeys, which: readonly (keyof SpareKeys)[]): NodeKeys {
  const spare = which.map(
    (use) => [use, testSigner(`fuzz spare ${use} ${toHex(keys.id.publicKey)}`)] as const,
  );
  return { ...keys, ...Object.fromEntries(spare) };
}

/** Entity to which a node belongs. */
export function entityOf(node: NodeKeys): EntityKeys {
  return entities.find((entity) => entity.nodes.some(({ id }) => id === node.id))!;
}

export const addresses: readonly Address[] = senders.map(({ publicKey }) => stakingAddress(publicKey));
export const runtimeAddresses: readonly Address[] = [...COMPUTE_IDS, SGX_COMPUTE_ID].map(runtimeAddress);
