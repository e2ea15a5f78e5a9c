import { toHex } from "../../../src/codec/bytes.ts";
import type { PublicKey } from "../../../src/codec/common-types.ts";
import { nullable } from "../../../src/codec/schema.ts";
import { getAllRuntimes, getAnyRuntime } from "../../../src/consensus/registry/runtime-state.ts";
import { getNode } from "../../../src/consensus/registry/state.ts";
import { SignedEntity } from "../../../src/types/entity.ts";
import { CapabilityTEE, MultiSignedNode, Node, type NodeRuntime } from "../../../src/types/node.ts";
import * as registry from "../../../src/types/registry.ts";
import {
  ROLE_COMPUTE_WORKER,
  ROLE_KEY_MANAGER,
  ROLE_OBSERVER,
  ROLE_STORAGE_RPC,
  ROLE_VALIDATOR,
} from "../../../src/types/roles.ts";
import { KIND_KEY_MANAGER, Runtime } from "../../../src/types/runtime.ts";
import {
  entities,
  entityOf,
  isSgx,
  type NodeKeys,
  nodes,
  RUNTIME_IDS,
  senders,
  withSpareKeys,
} from "../cast.ts";
import { entityDescriptor, nodeDescriptor, signNode } from "../descriptors.ts";
import { offer } from "../document.ts";
import { type AttestationForm, teeCapability } from "../enclave.ts";
import { maybeMutate } from "../mutate.ts";
import { deployment, randomRuntime } from "../runtimes.ts";
import { type Draft, draft, type Generator, type View } from "./draft.ts";
import { initResponse } from "./key-manager-node.ts";

const ROLES = [ROLE_COMPUTE_WORKER, ROLE_OBSERVER, ROLE_KEY_MANAGER, ROLE_VALIDATOR, ROLE_STORAGE_RPC];
const HONEST_ROLES = ROLE_VALIDATOR | ROLE_COMPUTE_WORKER | ROLE_KEY_MANAGER;

const registerEntity: Generator = ({ random }) => {
  const entity = random.pick(entities);
  const own = entity.nodes.map(({ id }) => id.publicKey);
  const listed: PublicKey[] = random.weighted([
    [8, own],
    [1, random.some(own)],
    [1, [...own, own[0]!]],
    [1, [...own, random.pick(nodes).id.publicKey]],
  ]);
  const signedBy = random.chance(0.95) ? entity.signer : random.pick(senders);
  const signer = random.chance(0.95) ? entity.signer : random.pick(senders);
  return draft(signer, "registry.RegisterEntity", SignedEntity, entityDescriptor(entity, listed, signedBy));
};

const deregisterEntity: Generator = ({ random }) => ({
  signer: random.pick(entities).signer,
  method: "registry.DeregisterEntity",
  body: random.chance(0.5) ? null : Uint8Array.of(0xa0),
});

const registerNode: Generator = (view) => {
  const { random } = view;
  const keys = random.pick(nodes);
  const present = getNode(view.state, keys.id.publicKey);
  if (random.chance(0.5)) {
    const changed = random.chance(0.2) ? random.some(["vrf", "tls", "p2p"] as const) : [];
    return nodeRegistration(view, withSpareKeys(keys, changed));
  }
  const roles =
    present !== null && random.chance(0.5)
      ? present.roles
      : random.some(ROLES, 0.6).reduce((mask, role) => mask | role, random.chance(0.02) ? 64 : 0);
  const runtimes = random.chance(0.1) ? [] : offers(view, keys, present?.runtimes ?? null);
  const expiration = view.epoch + BigInt(random.between(0, 6));
  const descriptor = nodeDescriptor(keys, { expiration, roles, runtimes });
  spoil(view, descriptor, keys);
  const node = maybeMutate(random, 0.15, Node, descriptor);
  const all = Object.values(keys);
  const signers = random.weighted([
    [30, all],
    [1, all.slice(1)],
    [1, [...all, all[0]!]],
    [1, [...all, random.pick(senders)]],
  ]);
  const signer = random.chance(0.97) ? keys.id : random.pick(senders);
  return draft(signer, "registry.RegisterNode", MultiSignedNode, signNode(node, keys, signers));
};

/** A registration as an honest node sends it: for all ParaTimes of its kinds, again when it was registered. */
export function nodeRegistration(view: View, keys: NodeKeys): Draft {
  const { random, epoch, state } = view;
  const present = getNode(state, keys.id.publicKey);
  const roles = present?.roles ?? random.pick([HONEST_ROLES, HONEST_ROLES | ROLE_OBSERVER, ROLE_VALIDATOR]);
  const served = getAllRuntimes(state).filter(
    ({ kind, id }) =>
      present?.runtimes?.some((entry) => toHex(entry!.id) === toHex(id)) ||
      (roles & (kind === KIND_KEY_MANAGER ? ROLE_KEY_MANAGER : ROLE_COMPUTE_WORKER)) !== 0,
  );
  const runtimes = served.map((runtime) => {
    return serving(view, keys, runtime, runtime.deployments?.[0]?.version.minor ?? 0);
  });
  const expiration = epoch + BigInt(random.between(2, 5));
  return draft(
    keys.id,
    "registry.RegisterNode",
    MultiSignedNode,
    signNode(nodeDescriptor(keys, { expiration, roles, runtimes }), keys),
  );
}

/** Makes one thing about a descriptor wrong, or different from before, once in a while. */
function spoil({ random }: View, node: ReturnType<typeof nodeDescriptor>, keys: NodeKeys): void {
  const other = random.pick(nodes);
  const change = random.int(40);
  if (change === 0) node.consensus = { id: other.consensus.publicKey, addresses: node.consensus.addresses };
  if (change === 1) node.entity_id = random.pick(entities).signer.publicKey;
  if (change === 2) node.p2p = { ...node.p2p, addresses: null };
  if (change === 3) node.consensus = { ...node.consensus, addresses: null };
  if (change === 4) node.vrf = { id: other.vrf.publicKey };
  if (change === 5) node.software_version = "x".repeat(random.between(1, 200));
  if (change === 6)
    node.p2p = { ...node.p2p, addresses: [{ IP: Uint8Array.of(10, 0, 0, 1), Port: 1n, Zone: "" }] };
  if (change === 7) node.tls = { pub_key: keys.p2p.publicKey };
  if (change === 8) node.v = random.pick([1, 2, 4]);
}

/** What a node says of a ParaTime that it runs. */
function serving(view: View, keys: NodeKeys, { id, kind }: Readonly<Runtime>, minor: number): NodeRuntime {
  const { random, height } = view;
  const node = keys.id.publicKey;
  const hasEnclave = isSgx(id) ? random.chance(0.98) : random.chance(0.005);
  const seen = height - 1n - random.pick([0n, 0n, 3n, 30n, -1n]);
  const form = random.pick<AttestationForm>(["EPID, version 0", "EPID", "DCAP"]);
  const tee = hasEnclave ? teeCapability(node, id, minor, seen > 0n ? seen : 0n, form) : null;
  const extra = kind === KIND_KEY_MANAGER ? initResponse(view, node, id) : null;
  return offer(id, minor, extra, maybeMutate(random, 0.03, nullable(CapabilityTEE), tee));
}

function offers(view: View, keys: NodeKeys, before: readonly (NodeRuntime | null)[] | null): NodeRuntime[] {
  const { random } = view;
  const known = getAllRuntimes(view.state);
  const wanted = new Set((before ?? []).map((entry) => Buffer.from(entry!.id).toString("hex")));
  const chosen = known.filter(
    ({ id }) => (wanted.has(Buffer.from(id).toString("hex")) && random.chance(0.95)) || random.chance(0.5),
  );
  const entries = chosen.flatMap((runtime) => {
    const minors = random.chance(0.3) ? [0, 1] : [0];
    return minors.map((minor) => serving(view, keys, runtime, minor));
  });
  if (random.chance(0.03)) {
    entries.push(offer(random.pick(RUNTIME_IDS)));
  }
  return random.chance(0.2) ? random.shuffle(entries) : entries;
}

const unfreezeNode: Generator = ({ random }) => {
  const keys = random.pick(nodes);
  const signer = random.chance(0.8) ? entityOf(keys).signer : random.pick(senders);
  return draft(signer, "registry.UnfreezeNode", registry.UnfreezeNode, { node_id: keys.id.publicKey });
};

/** A new descriptor, or a change of the registered one. */
export function runtimeDescriptor(view: View): Runtime {
  const { random, epoch } = view;
  const id = random.pick(RUNTIME_IDS);
  const present = getAnyRuntime(view.state, id);
  if (present === null || random.chance(0.1)) {
    const fresh = randomRuntime(random, id, random.pick(entities).signer.publicKey, epoch);
    if (random.chance(0.8)) {
      fresh.deployments = [deployment(random, id, 0, epoch + BigInt(random.int(3)))];
    }
    return fresh;
  }
  const changed = structuredClone(present) as Runtime;
  const fresh = randomRuntime(random, id, present.entity_id, epoch);
  const change = random.int(12);
  if (change === 0) changed.executor = fresh.executor;
  if (change === 1) changed.staking = fresh.staking;
  if (change === 2) changed.governance_model = fresh.governance_model;
  if (change === 3) changed.admission_policy = fresh.admission_policy;
  if (change === 4) changed.constraints = fresh.constraints;
  if (change === 5) changed.entity_id = random.pick(entities).signer.publicKey;
  if (change === 6) changed.key_manager = fresh.key_manager;
  if (change === 7) changed.genesis.round += 1n;
  if (change === 8)
    changed.deployments = [
      deployment(random, id, 0, 0n),
      deployment(random, id, random.between(1, 3), epoch + random.bigint(3n)),
    ];
  if (change === 9)
    changed.deployments!.push(deployment(random, id, random.between(0, 3), epoch + random.bigint(3n)));
  if (change === 10) changed.tee_hardware = random.pick([1, 2]);
  if (change === 11) changed.txn_scheduler.max_in_messages = random.int(7);
  return changed;
}

const registerRuntime: Generator = (view): Draft => {
  const runtime = maybeMutate(view.random, 0.3, Runtime, runtimeDescriptor(view));
  const owner = entities.find(({ signer }) =>
    Buffer.from(signer.publicKey).equals((getAnyRuntime(view.state, runtime.id) ?? runtime).entity_id),
  );
  const signer = view.random.chance(0.9) && owner ? owner.signer : view.random.pick(senders);
  return draft(signer, "registry.RegisterRuntime", Runtime, runtime);
};

const proveFreshness: Generator = ({ random }) => ({
  signer: random.pick(senders),
  method: "registry.ProveFreshness",
  body: random.chance(0.9) ? Uint8Array.of(0x58, 32, ...random.bytes(32)) : random.bytes(5),
});

export const registryGenerators: readonly (readonly [number, Generator])[] = [
  [3, registerEntity],
  [1, deregisterEntity],
  [16, registerNode],
  [2, unfreezeNode],
  [5, registerRuntime],
  [1, proveFreshness],
];
