import type { PublicKey } from "../../src/codec/common-types.ts";
import { contexts } from "../../src/crypto/contexts.ts";
import { signMultiSigned, signSigned } from "../../src/crypto/envelope.ts";
import { Entity, type SignedEntity } from "../../src/types/entity.ts";
import { type MultiSignedNode, Node } from "../../src/types/node.ts";
import { type EntityKeys, entityOf, type NodeKeys } from "./cast.ts";

const ADDRESS = { IP: Uint8Array.of(8, 8, 8, 8), Port: 26656n, Zone: "" };

export function entityDescriptor(
  { signer }: EntityKeys,
  listed: readonly PublicKey[],
  signedBy = signer,
): SignedEntity {
  return signSigned(
    Entity,
    { v: 2, id: signer.publicKey, nodes: [...listed] },
    contexts.registerEntity,
    signedBy,
  );
}

/** A node descriptor with all addresses. */
export function nodeDescriptor(keys: NodeKeys, rest: Pick<Node, "expiration" | "roles" | "runtimes">): Node {
  return {
    v: 3,
    id: keys.id.publicKey,
    entity_id: entityOf(keys).signer.publicKey,
    tls: { pub_key: keys.tls.publicKey },
    p2p: { id: keys.p2p.publicKey, addresses: [ADDRESS] },
    consensus: {
      id: keys.consensus.publicKey,
      addresses: [{ id: keys.consensus.publicKey, address: ADDRESS }],
    },
    vrf: { id: keys.vrf.publicKey },
    software_version: "",
    ...rest,
  };
}

export function signNode(node: Node, keys: NodeKeys, signers = Object.values(keys)): MultiSignedNode {
  return signMultiSigned(Node, node, contexts.registerNode, signers);
}
