import { compare } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { encode } from "../../codec/schema.ts";
import type { KeyValueTree, ReadonlyTree } from "../../storage/tree.ts";
import { MultiSigned, Signed } from "../../types/common.ts";
import type { Entity, SignedEntity } from "../../types/entity.ts";
import type { MultiSignedNode, Node } from "../../types/node.ts";
import { ConsensusParameters, NodeStatus } from "../../types/registry.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { assertMayChangeParameters } from "../params.ts";
import { decodeState, readSharedState, readState, requireState, sharedValue } from "../state-value.ts";
import { consensusAddress } from "./consensus-address.ts";
import { StoredEntity, StoredNode } from "./envelope.ts";
import {
  consensusAddressKey,
  ENTITY,
  hashedKey,
  NODE,
  NODE_BY_ENTITY,
  NODE_BY_SUB_KEY,
  NODE_STATUS,
  PARAMETERS,
} from "./keys.ts";

const PRESENT = new Uint8Array(0);

// --- parameters ---

export function getParameters(state: ReadonlyTree): Readonly<ConsensusParameters> {
  return requireState(
    readSharedState(state, ConsensusParameters, PARAMETERS),
    ConsensusParameters,
    PARAMETERS,
  );
}

/** Entry condition: InitChain or EndBlock. */
export function setParameters(ctx: Context, parameters: ConsensusParameters): void {
  assertMayChangeParameters(ctx);
  ctx.state.insert(PARAMETERS, encode(ConsensusParameters, parameters));
}

// --- entities ---

/** A registered entity; null when unknown. Shared, do not change. */
export function getEntity(state: ReadonlyTree, id: PublicKey): Readonly<Entity> | null {
  return readSharedState(state, StoredEntity, hashedKey(ENTITY, id));
}

/** All entities in order of their hashed keys. */
export function getEntities(state: ReadonlyTree): Readonly<Entity>[] {
  return Array.from(state.prefix(ENTITY), ([key]) => readSharedState(state, StoredEntity, key)!);
}

/** The signed descriptors of all entities, as they were registered. */
export function getSignedEntities(state: ReadonlyTree): SignedEntity[] {
  return Array.from(state.prefix(ENTITY), ([key, value]) => decodeState(Signed, key, value));
}

export function setEntity(state: KeyValueTree, id: PublicKey, signed: SignedEntity): void {
  state.insert(hashedKey(ENTITY, id), encode(Signed, signed));
}

export function removeEntity(state: KeyValueTree, id: PublicKey): void {
  state.remove(hashedKey(ENTITY, id));
}

// --- nodes ---

/** A registered node, expired or not; null when unknown. Shared, do not change. */
export function getNode(state: ReadonlyTree, id: PublicKey): Readonly<Node> | null {
  return readSharedState(state, StoredNode, hashedKey(NODE, id));
}

/** All nodes, expired ones too, sorted by id. */
export function getNodes(state: ReadonlyTree): Readonly<Node>[] {
  return sortById(Array.from(state.prefix(NODE), ([key, value]) => sharedValue(StoredNode, key, value)));
}

/** The signed descriptors of all nodes, as they were registered, in order of their hashed keys. */
export function getSignedNodes(state: ReadonlyTree): MultiSignedNode[] {
  return Array.from(state.prefix(NODE), ([key, value]) => decodeState(MultiSigned, key, value));
}

/** Nodes of an entity, expired ones too, sorted by id. */
export function getEntityNodes(state: ReadonlyTree, entity: PublicKey): Readonly<Node>[] {
  const index = hashedKey(NODE_BY_ENTITY, entity);
  const nodes = Array.from(state.prefix(index), ([key]) => {
    const nodeKey = Uint8Array.from([...NODE, ...key.subarray(index.length)]);
    const node = readSharedState(state, StoredNode, nodeKey);
    return requireState(node, StoredNode, nodeKey);
  });
  return sortById(nodes);
}

export function hasEntityNodes(state: ReadonlyTree, entity: PublicKey): boolean {
  return !isEmpty(state.prefix(hashedKey(NODE_BY_ENTITY, entity)));
}

/** The node that uses a key as consensus, P2P, VRF or TLS key; null when nobody does. */
export function getNodeBySubKey(state: ReadonlyTree, key: PublicKey): Readonly<Node> | null {
  const id = state.get(hashedKey(NODE_BY_SUB_KEY, key));
  return id === null ? null : getNode(state, id as PublicKey);
}

/** Id of the node behind a CometBFT address of 20 bytes; null when unknown. */
export function getNodeIdByConsensusAddress(state: ReadonlyTree, address: Uint8Array): PublicKey | null {
  return state.get(consensusAddressKey(address)) as PublicKey | null;
}

/** The node behind a CometBFT address; null when unknown. */
export function getNodeByConsensusAddress(state: ReadonlyTree, address: Uint8Array): Readonly<Node> | null {
  const id = getNodeIdByConsensusAddress(state, address);
  return id === null ? null : getNode(state, id);
}

/**
 * Stores a node and its indices. `existing` is the descriptor that it replaces, null for none.
 *
 * Index entries are replaced key by key in this order, so a key that moves to a later role ends up without an entry,
 * as on the network.
 */
export function setNode(
  state: KeyValueTree,
  existing: Readonly<Node> | null,
  node: Readonly<Node>,
  signed: MultiSignedNode,
): void {
  state.insert(hashedKey(NODE, node.id), encode(MultiSigned, signed));
  state.insert(hashedKey(NODE_BY_ENTITY, node.entity_id, node.id), PRESENT);
  if (existing !== null && compare(existing.consensus.id, node.consensus.id) !== 0) {
    state.remove(consensusAddressKey(consensusAddress(existing.consensus.id)));
  }
  state.insert(consensusAddressKey(consensusAddress(node.consensus.id)), node.id);
  for (const subKey of INDEXED_KEYS) {
    if (existing !== null && compare(subKey(existing), subKey(node)) !== 0) {
      state.remove(hashedKey(NODE_BY_SUB_KEY, subKey(existing)));
    }
    state.insert(hashedKey(NODE_BY_SUB_KEY, subKey(node)), node.id);
  }
}

const INDEXED_KEYS: readonly ((node: Readonly<Node>) => PublicKey)[] = [
  (node) => node.consensus.id,
  (node) => node.p2p.id,
  (node) => node.vrf.id,
  (node) => node.tls.pub_key,
];

/** Removes a node with its status and indices. */
export function removeNode(state: KeyValueTree, node: Readonly<Node>): void {
  state.remove(hashedKey(NODE, node.id));
  state.remove(hashedKey(NODE_BY_ENTITY, node.entity_id, node.id));
  state.remove(hashedKey(NODE_STATUS, node.id));
  state.remove(consensusAddressKey(consensusAddress(node.consensus.id)));
  for (const subKey of INDEXED_KEYS) {
    state.remove(hashedKey(NODE_BY_SUB_KEY, subKey(node)));
  }
}

// --- node statuses ---

/** Status of a node; null when unknown. The result belongs to the caller. */
export function getNodeStatus(state: ReadonlyTree, id: PublicKey): NodeStatus | null {
  return readState(state, NodeStatus, hashedKey(NODE_STATUS, id));
}

/** Status of a node that must have one. The result belongs to the caller. */
export function requireNodeStatus(state: ReadonlyTree, id: PublicKey): NodeStatus {
  const status = getNodeStatus(state, id);
  if (status === null) {
    throw new InvariantError("node has no status");
  }
  return status;
}

export function setNodeStatus(state: KeyValueTree, id: PublicKey, status: NodeStatus): void {
  state.insert(hashedKey(NODE_STATUS, id), encode(NodeStatus, status));
}

function sortById(nodes: Readonly<Node>[]): Readonly<Node>[] {
  return nodes.sort((a, b) => compare(a.id, b.id));
}

function isEmpty(entries: Iterable<unknown>): boolean {
  for (const _ of entries) {
    return false;
  }
  return true;
}
