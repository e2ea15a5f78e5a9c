import type { PublicKey } from "../../codec/common-types.ts";
import { encode } from "../../codec/schema.ts";
import { contexts } from "../../crypto/contexts.ts";
import type { NodeIdentity } from "../../crypto/identity.ts";
import type { Signer } from "../../crypto/signature.ts";
import type { Address, ConsensusAddress } from "../../types/address.ts";
import type { MultiSigned } from "../../types/common.ts";
import { LATEST_NODE_DESCRIPTOR_VERSION, Node, type NodeRuntime } from "../../types/node.ts";
import {
  ROLE_COMPUTE_WORKER,
  ROLE_KEY_MANAGER,
  ROLE_STORAGE_RPC,
  ROLE_VALIDATOR,
} from "../../types/roles.ts";

export interface DescriptorParts {
  identity: NodeIdentity;
  entityId: PublicKey;
  /** First epoch in which the descriptor no longer holds, minus one. */
  expiration: bigint;
  roles: number;
  runtimes: readonly NodeRuntime[];
  /** Where peers reach the consensus layer of this node; validators need at least one. */
  consensusAddresses: readonly Address[];
  /** The sentries that peers reach in place of this node, under their own keys; null: there are none. */
  sentryAddresses?: readonly ConsensusAddress[] | null;
  /** Where peers reach the ParaTime side of this node. */
  p2pAddresses: readonly Address[];
  softwareVersion: string;
}

/** Roles whose nodes others must be able to reach over libp2p. */
const reachableRoles = ROLE_COMPUTE_WORKER | ROLE_KEY_MANAGER | ROLE_VALIDATOR | ROLE_STORAGE_RPC;

/** The node's description of itself (facts/runtime.md section 7). */
export function nodeDescriptor(parts: DescriptorParts): Node {
  const { identity, roles } = parts;
  const own = parts.consensusAddresses.map((address) => ({ id: identity.p2p.publicKey, address }));
  const consensusAddresses = (roles & ROLE_VALIDATOR) === 0 ? [] : (parts.sentryAddresses ?? own);
  const p2pAddresses = (roles & reachableRoles) === 0 ? [] : parts.p2pAddresses;
  return {
    v: LATEST_NODE_DESCRIPTOR_VERSION,
    id: identity.node.publicKey,
    entity_id: parts.entityId,
    expiration: parts.expiration,
    tls: { pub_key: identity.tls.publicKey },
    p2p: { id: identity.p2p.publicKey, addresses: orNull(p2pAddresses) },
    consensus: {
      id: identity.consensus.publicKey,
      addresses: orNull(consensusAddresses),
    },
    vrf: { id: identity.vrf.publicKey },
    runtimes: orNull(parts.runtimes),
    roles,
    software_version: parts.softwareVersion,
  };
}

/** Signs the descriptor with every key that it names, as the registry demands. */
export function signNodeDescriptor(identity: NodeIdentity, node: Node): MultiSigned {
  const blob = encode(Node, node);
  const signers: Signer[] = [identity.node, identity.p2p, identity.consensus, identity.vrf, identity.tls];
  return {
    untrusted_raw_value: blob,
    signatures: signers.map((signer) => ({
      public_key: signer.publicKey,
      signature: signer.sign(contexts.registerNode, blob),
    })),
  };
}

/** Go encodes a list that was never appended to as null. */
function orNull<T>(items: readonly T[]): T[] | null {
  return items.length === 0 ? null : [...items];
}
