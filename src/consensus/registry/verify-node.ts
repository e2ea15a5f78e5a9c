import { equal, toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import type { Blacklist } from "../../crypto/blacklist.ts";
import type { ReadonlyTree } from "../../storage/tree.ts";
import type { Address } from "../../types/address.ts";
import type { Entity } from "../../types/entity.ts";
import { registryErrors } from "../../types/errors.ts";
import { isProbablyGloballyReachable } from "../../types/ip.ts";
import {
  LATEST_NODE_DESCRIPTOR_VERSION,
  type MultiSignedNode,
  type Node,
  SOFTWARE_VERSION_MAX_LENGTH,
} from "../../types/node.ts";
import type { ConsensusParameters } from "../../types/registry.ts";
import {
  ROLE_COMPUTE_WORKER,
  ROLE_KEY_MANAGER,
  ROLE_OBSERVER,
  ROLE_RESERVED,
  ROLE_STORAGE_RPC,
  ROLE_VALIDATOR,
} from "../../types/roles.ts";
import type { Runtime } from "../../types/runtime.ts";
import { hasRoles } from "./node.ts";
import { getNodeBySubKey } from "./state.ts";

/** Roles that make no sense without a ParaTime. */
const RUNTIME_ROLES = ROLE_COMPUTE_WORKER | ROLE_KEY_MANAGER | ROLE_STORAGE_RPC;
/** Roles that need a P2P address. */
const P2P_ADDRESS_ROLES = ROLE_COMPUTE_WORKER | ROLE_KEY_MANAGER | ROLE_VALIDATOR | ROLE_STORAGE_RPC;

/** Node, consensus, VRF, TLS and P2P key. */
const REQUIRED_SIGNERS = 5;

/** What the checks of a node descriptor depend on beside the descriptor. */
export interface NodeRules {
  readonly params: Readonly<ConsensusParameters>;
  readonly epoch: bigint;
  readonly feature261: boolean;
  readonly isGenesis: boolean;
  readonly blacklist: Blacklist;
}

/**
 * Checks a node descriptor whose signatures are valid, against its entity and the other nodes. `verifyRuntimes` checks
 * the ParaTimes it registers for, in their place in the order, and returns the distinct ones.
 *
 * The order of checks decides which error a bad descriptor gives (consensus-a.md 3.3 steps 3 to 11).
 * @throws CodedError registry/1 and what `verifyRuntimes` throws
 */
export function verifyNode(
  node: Readonly<Node>,
  signed: MultiSignedNode,
  entity: Readonly<Entity>,
  state: ReadonlyTree,
  rules: NodeRules,
  verifyRuntimes: (node: Readonly<Node>) => Readonly<Runtime>[],
): Readonly<Runtime>[] {
  const signers = new Set((signed.signatures ?? []).map((signature) => toHex(signature.public_key)));
  verifyShape(node);
  verifyOwner(node, entity, signers);
  verifyExpiration(node, rules);
  const runtimes = verifyRuntimesPresent(node, rules) ? verifyRuntimes(node) : [];
  verifyKeysAndAddresses(node, signers, rules);
  verifyKeysUnique(node, state);
  // All required keys have signed, so the count tells whether somebody else did.
  if (signers.size !== REQUIRED_SIGNERS) {
    throw invalid("unexpected number of signatures");
  }
  return runtimes;
}

function verifyShape(node: Readonly<Node>): void {
  if (node.v !== LATEST_NODE_DESCRIPTOR_VERSION) {
    throw invalid(`invalid node descriptor version: ${node.v}`);
  }
  if (new TextEncoder().encode(node.software_version).length > SOFTWARE_VERSION_MAX_LENGTH) {
    throw invalid("malformed node software version");
  }
  if (node.roles === 0) {
    throw invalid("no roles specified");
  }
  if (hasRoles(node, ROLE_RESERVED)) {
    throw invalid("invalid role specified");
  }
}

function verifyOwner(node: Readonly<Node>, entity: Readonly<Entity>, signers: ReadonlySet<string>): void {
  if (!equal(entity.id, node.entity_id)) {
    throw invalid("node entity ID does not match expected entity");
  }
  requireSigner(node.id, signers, "node identity");
  if (!(entity.nodes ?? []).some((id) => equal(id, node.id))) {
    throw invalid("node public key not found in entity's node list");
  }
}

function verifyExpiration(node: Readonly<Node>, { params, epoch }: NodeRules): void {
  const max = params.max_node_expiration;
  if (max > 0n && node.expiration > BigInt.asUintN(64, epoch + max)) {
    throw invalid("expiration period greater than allowed");
  }
}

/** Whether the node registers for ParaTimes; an error when it does not but its roles need one. */
function verifyRuntimesPresent(node: Readonly<Node>, { feature261 }: NodeRules): boolean {
  if ((node.runtimes ?? []).length > 0) {
    return true;
  }
  if (hasRoles(node, feature261 ? RUNTIME_ROLES | ROLE_OBSERVER : RUNTIME_ROLES)) {
    throw invalid("missing runtimes");
  }
  return false;
}

function verifyKeysAndAddresses(node: Readonly<Node>, signers: ReadonlySet<string>, rules: NodeRules): void {
  const { blacklist, isGenesis } = rules;
  requireKey(node.consensus.id, blacklist, signers, "consensus ID");
  const consensusAddresses = node.consensus.addresses ?? [];
  if (consensusAddresses.length === 0 && hasRoles(node, ROLE_VALIDATOR)) {
    throw invalid("missing consensus address");
  }
  for (const peer of consensusAddresses) {
    if (blacklist.has(peer.id)) {
      throw invalid("consensus address ID invalid");
    }
    verifyAddress(peer.address, rules);
  }

  requireKey(node.vrf.id, blacklist, signers, "VRF ID");
  requireKey(node.tls.pub_key, blacklist, signers, "TLS public key");
  requireKey(node.p2p.id, blacklist, signers, "P2P ID");
  // Genesis documents may hold validators from before P2P addresses were required.
  const needsP2pAddress = hasRoles(node, P2P_ADDRESS_ROLES) && !(isGenesis && hasRoles(node, ROLE_VALIDATOR));
  const p2pAddresses = node.p2p.addresses ?? [];
  if (p2pAddresses.length === 0 && needsP2pAddress) {
    throw invalid("missing node address");
  }
  for (const address of p2pAddresses) {
    verifyAddress(address, rules);
  }
}

function verifyAddress(address: Readonly<Address>, { params }: NodeRules): void {
  if (!params.debug_allow_unroutable_addresses && !isProbablyGloballyReachable(address.IP)) {
    throw invalid("address not routable");
  }
}

/** The four keys beside the node's own belong to no other node and differ from each other. */
function verifyKeysUnique(node: Readonly<Node>, state: ReadonlyTree): void {
  const keys = [node.consensus.id, node.p2p.id, node.tls.pub_key, node.vrf.id];
  for (const key of keys) {
    const user = getNodeBySubKey(state, key);
    if (user !== null && !equal(user.id, node.id)) {
      throw invalid("duplicate node key");
    }
  }
  if (new Set(keys.map(toHex)).size !== keys.length) {
    throw invalid("node consensus, P2P, VRF and TLS keys not unique");
  }
}

function requireKey(key: PublicKey, blacklist: Blacklist, signers: ReadonlySet<string>, what: string): void {
  if (blacklist.has(key)) {
    throw invalid(`invalid ${what}`);
  }
  requireSigner(key, signers, what);
}

function requireSigner(key: PublicKey, signers: ReadonlySet<string>, what: string): void {
  if (!signers.has(toHex(key))) {
    throw invalid(`registration not signed by ${what}`);
  }
}

function invalid(reason: string): Error {
  return registryErrors.invalidArgument().with(reason);
}
