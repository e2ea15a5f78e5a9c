import { toHex } from "../../codec/bytes.ts";
import type { Namespace, PublicKey } from "../../codec/common-types.ts";
import { decode } from "../../codec/schema.ts";
import type { ReadonlyTree } from "../../storage/tree.ts";
import type { Entity } from "../../types/entity.ts";
import { registryErrors } from "../../types/errors.ts";
import { Node } from "../../types/node.ts";
import type { ConsensusParameters, Genesis, NodeStatus } from "../../types/registry.ts";
import { ROLE_VALIDATOR } from "../../types/roles.ts";
import type { Runtime } from "../../types/runtime.ts";
import { getEpoch } from "../beacon/state.ts";
import { hasRoles, isExpired } from "./node.ts";
import {
  getAllRuntimes,
  getAnyRuntime,
  getRuntime,
  getRuntimes,
  getSuspendedRuntimes,
} from "./runtime-state.ts";
import {
  getEntities,
  getEntity,
  getNode,
  getNodeByConsensusAddress,
  getNodeStatus,
  getNodes,
  getParameters,
  getSignedEntities,
  getSignedNodes,
  requireNodeStatus,
} from "./state.ts";

// Queries of the API over the state of one height (facts/api.md 2.6). Results are shared: do not change them. An empty
// list is null, which is how it goes over the wire.

/** An entity. @throws CodedError registry/9 */
export function queryEntity(state: ReadonlyTree, id: PublicKey): Readonly<Entity> {
  const entity = getEntity(state, id);
  if (entity === null) {
    throw registryErrors.noSuchEntity();
  }
  return entity;
}

/** All entities in order of their hashed keys. */
export function queryEntities(state: ReadonlyTree): Readonly<Entity>[] | null {
  return nullIfEmpty(getEntities(state));
}

/** A node that is not expired. @throws CodedError registry/10 */
export function queryNode(state: ReadonlyTree, id: PublicKey): Readonly<Node> {
  const node = getNode(state, id);
  if (node === null || isExpired(node, getEpoch(state).epoch)) {
    throw registryErrors.noSuchNode();
  }
  return node;
}

/** The node behind a CometBFT address, expired or not. @throws CodedError registry/10 */
export function queryNodeByConsensusAddress(state: ReadonlyTree, address: Uint8Array): Readonly<Node> {
  const node = getNodeByConsensusAddress(state, address);
  if (node === null) {
    throw registryErrors.noSuchNode();
  }
  return node;
}

/** All nodes that are not expired, sorted by id. */
export function queryNodes(state: ReadonlyTree): Readonly<Node>[] | null {
  const { epoch } = getEpoch(state);
  return nullIfEmpty(getNodes(state).filter((node) => !isExpired(node, epoch)));
}

/** Status of a node, expired or not. @throws CodedError registry/10 */
export function queryNodeStatus(state: ReadonlyTree, id: PublicKey): NodeStatus {
  const status = getNodeStatus(state, id);
  if (status === null) {
    throw registryErrors.noSuchNode();
  }
  return status;
}

/** A ParaTime. @throws CodedError registry/11 */
export function queryRuntime(
  state: ReadonlyTree,
  id: Namespace,
  includeSuspended: boolean,
): Readonly<Runtime> {
  const runtime = includeSuspended ? getAnyRuntime(state, id) : getRuntime(state, id);
  if (runtime === null) {
    throw registryErrors.noSuchRuntime();
  }
  return runtime;
}

/** All ParaTimes: active ones first, then suspended ones if wanted. */
export function queryRuntimes(state: ReadonlyTree, includeSuspended: boolean): Readonly<Runtime>[] | null {
  return nullIfEmpty(includeSuspended ? getAllRuntimes(state) : getRuntimes(state));
}

export function queryParameters(state: ReadonlyTree): Readonly<ConsensusParameters> {
  return getParameters(state);
}

/** The registry's part of a genesis document that continues from this state; only validator nodes are kept. */
export function queryGenesis(state: ReadonlyTree): Genesis {
  const validators = getSignedNodes(state)
    .map((signed) => ({ signed, node: decode(Node, signed.untrusted_raw_value) }))
    .filter(({ node }) => hasRoles(node, ROLE_VALIDATOR));
  return {
    params: getParameters(state),
    entities: getSignedEntities(state),
    runtimes: getRuntimes(state),
    suspended_runtimes: getSuspendedRuntimes(state),
    nodes: validators.map(({ signed }) => signed),
    node_statuses: new Map(validators.map(({ node }) => [toHex(node.id), requireNodeStatus(state, node.id)])),
  };
}

function nullIfEmpty<T>(items: T[]): T[] | null {
  return items.length === 0 ? null : items;
}
