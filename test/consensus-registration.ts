import { registerEntity } from "../src/consensus/registry/register-entity.ts";
import { registerNode } from "../src/consensus/registry/register-node.ts";
import { setRuntime } from "../src/consensus/registry/runtime-state.ts";
import { contexts } from "../src/crypto/contexts.ts";
import { signMultiSigned, signSigned } from "../src/crypto/envelope.ts";
import { type MemorySigner, testSigner } from "../src/crypto/memory-signer.ts";
import { Entity, type SignedEntity } from "../src/types/entity.ts";
import { type MultiSignedNode, Node, type NodeRuntime } from "../src/types/node.ts";
import { ROLE_COMPUTE_WORKER, ROLE_VALIDATOR } from "../src/types/roles.ts";
import { GOVERNANCE_ENTITY, KIND_COMPUTE, Runtime } from "../src/types/runtime.ts";
import { KIND_ENTITY, KIND_NODE_COMPUTE, KIND_NODE_VALIDATOR } from "../src/types/staking.ts";
import { outcomeOf, World } from "./consensus-world.ts";

export const owner = testSigner("owner");
export const keys = ["node", "consensus", "vrf", "tls", "p2p"].map(testSigner) as [
  MemorySigner,
  MemorySigner,
  MemorySigner,
  MemorySigner,
  MemorySigner,
];
export const [id, consensus, vrf, tls, p2p] = keys;
export const stranger = testSigner("stranger");
export const RUNTIME = new Uint8Array(32).fill(1, 8);

export const PUBLIC_ADDRESS = { IP: Uint8Array.of(8, 8, 8, 8), Port: 26656n, Zone: "" };
export const PRIVATE_ADDRESS = { IP: Uint8Array.of(10, 0, 0, 1), Port: 26656n, Zone: "" };

export const offered: NodeRuntime = {
  id: RUNTIME,
  version: { major: 1, minor: 0, patch: 0 },
  capabilities: { tee: null },
  extra_info: null,
};

export function entity(rest: Partial<Entity> = {}): Entity {
  return { v: 2, id: owner.publicKey, nodes: [id.publicKey], ...rest };
}

export const signEntity = (value: Entity, signer = owner): SignedEntity =>
  signSigned(Entity, value, contexts.registerEntity, signer);

export function node(rest: Partial<Node> = {}): Node {
  return {
    v: 3,
    id: id.publicKey,
    entity_id: owner.publicKey,
    expiration: 12n,
    tls: { pub_key: tls.publicKey },
    p2p: { id: p2p.publicKey, addresses: [PUBLIC_ADDRESS] },
    consensus: { id: consensus.publicKey, addresses: [{ id: consensus.publicKey, address: PUBLIC_ADDRESS }] },
    vrf: { id: vrf.publicKey },
    runtimes: [offered],
    roles: ROLE_COMPUTE_WORKER | ROLE_VALIDATOR,
    software_version: "",
    ...rest,
  };
}

export const signNode = (value: Node, signers: readonly MemorySigner[] = keys): MultiSignedNode =>
  signMultiSigned(Node, value, contexts.registerNode, signers);

/**
 * A world in epoch 10 with one ParaTime and an owner whose stake of 60 is just enough for an entity and a node that is
 * validator and compute node.
 */
export class RegistrationWorld extends World {
  constructor() {
    super();
    this.setStakingParameters({
      debonding_interval: 3n,
      thresholds: new Map([
        [KIND_ENTITY, 10n],
        [KIND_NODE_VALIDATOR, 20n],
        [KIND_NODE_COMPUTE, 30n],
      ]),
    });
    this.setRegistryParameters({
      max_node_expiration: 5n,
      gas_costs: new Map([
        ["register_entity", 100n],
        ["register_node", 7n],
        ["runtime_epoch_maintenance", 1000n],
      ]),
    });
    this.fund(owner.publicKey, 60n);
    const runtime = { ...Runtime.zero(), id: RUNTIME, kind: KIND_COMPUTE, entity_id: owner.publicKey };
    setRuntime(this.state, { ...runtime, governance_model: GOVERNANCE_ENTITY }, false);
  }

  /** Delivers a RegisterEntity transaction. */
  register(signed: SignedEntity, signer = owner): string {
    return outcomeOf(() => registerEntity(this.context("deliverTx", signer.publicKey), signed));
  }

  /** Delivers a RegisterNode transaction. */
  enroll(signed: MultiSignedNode, signer = id): string {
    return outcomeOf(() => registerNode(this.context("deliverTx", signer.publicKey), signed));
  }
}
