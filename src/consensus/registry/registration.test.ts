import { beforeEach, describe, expect, test } from "vitest";
import { eventKinds, outcomeOf, World } from "../../../test/consensus-world.ts";
import { reservedKeys } from "../../crypto/blacklist.ts";
import { contexts } from "../../crypto/contexts.ts";
import { signMultiSigned, signSigned } from "../../crypto/envelope.ts";
import { type MemorySigner, testSigner } from "../../crypto/memory-signer.ts";
import { stakingAddress } from "../../types/account-address.ts";
import { EPOCH_INVALID } from "../../types/common.ts";
import { Entity, type SignedEntity } from "../../types/entity.ts";
import { type MultiSignedNode, Node, type NodeRuntime } from "../../types/node.ts";
import { ROLE_COMPUTE_WORKER, ROLE_OBSERVER, ROLE_RESERVED_3, ROLE_VALIDATOR } from "../../types/roles.ts";
import { GOVERNANCE_ENTITY, KIND_COMPUTE, Runtime } from "../../types/runtime.ts";
import { KIND_ENTITY, KIND_NODE_COMPUTE, KIND_NODE_VALIDATOR } from "../../types/staking.ts";
import * as staking from "../staking/state.ts";
import { beginBlock } from "./begin-block.ts";
import { deregisterEntity } from "./deregister-entity.ts";
import { hashedKey, NODE_STATUS } from "./keys.ts";
import { registerEntity } from "./register-entity.ts";
import { registerNode } from "./register-node.ts";
import { getRuntime, getSuspendedRuntime, setRuntime, setRuntimeOwner } from "./runtime-state.ts";
import { nodeClaim } from "./stake-claims.ts";
import { getEntity, getNode, getNodeBySubKey, getNodeStatus, setNodeStatus } from "./state.ts";
import { unfreezeNode } from "./unfreeze-node.ts";

const owner = testSigner("owner");
const keys = ["node", "consensus", "vrf", "tls", "p2p"].map(testSigner) as [
  MemorySigner,
  MemorySigner,
  MemorySigner,
  MemorySigner,
  MemorySigner,
];
const [id, consensus, vrf, tls, p2p] = keys;
const stranger = testSigner("stranger");
const RUNTIME = new Uint8Array(32).fill(1, 8);

const PUBLIC_ADDRESS = { IP: Uint8Array.of(8, 8, 8, 8), Port: 26656n, Zone: "" };
const PRIVATE_ADDRESS = { IP: Uint8Array.of(10, 0, 0, 1), Port: 26656n, Zone: "" };

const offered: NodeRuntime = {
  id: RUNTIME,
  version: { major: 1, minor: 0, patch: 0 },
  capabilities: { tee: null },
  extra_info: null,
};

function entity(rest: Partial<Entity> = {}): Entity {
  return { v: 2, id: owner.publicKey, nodes: [id.publicKey], ...rest };
}

const signEntity = (value: Entity, signer = owner): SignedEntity =>
  signSigned(Entity, value, contexts.registerEntity, signer);

function node(rest: Partial<Node> = {}): Node {
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

const signNode = (value: Node, signers: readonly MemorySigner[] = keys): MultiSignedNode =>
  signMultiSigned(Node, value, contexts.registerNode, signers);

let world: World;

beforeEach(() => {
  world = new World();
  world.setStakingParameters({
    debonding_interval: 3n,
    thresholds: new Map([
      [KIND_ENTITY, 10n],
      [KIND_NODE_VALIDATOR, 20n],
      [KIND_NODE_COMPUTE, 30n],
    ]),
  });
  world.setRegistryParameters({
    max_node_expiration: 5n,
    gas_costs: new Map([
      ["register_entity", 100n],
      ["register_node", 7n],
      ["runtime_epoch_maintenance", 1000n],
    ]),
  });
  world.fund(owner.publicKey, 60n);
  const runtime = { ...Runtime.zero(), id: RUNTIME, kind: KIND_COMPUTE, entity_id: owner.publicKey };
  setRuntime(world.state, { ...runtime, governance_model: GOVERNANCE_ENTITY }, false);
});

const register = (signed: SignedEntity, signer = owner) =>
  outcomeOf(() => registerEntity(world.context("deliverTx", signer.publicKey), signed));
const enroll = (signed: MultiSignedNode, signer = id) =>
  outcomeOf(() => registerNode(world.context("deliverTx", signer.publicKey), signed));

describe("RegisterEntity (consensus-a.md 3.1)", () => {
  test.each([
    ["an entity", () => register(signEntity(entity())), "ok"],
    ["signed by another key", () => register(signEntity(entity(), stranger), stranger), "registry/1"],
    [
      "for another purpose",
      () => register(signSigned(Entity, entity(), contexts.registerNode, owner)),
      "registry/2",
    ],
    [
      "undecodable",
      () => register({ ...signEntity(entity()), untrusted_raw_value: Uint8Array.of(0xff) }),
      "registry/2",
    ],
    [
      "with a blacklisted node",
      () => register(signEntity(entity({ nodes: [reservedKeys.burn] }))),
      "registry/1",
    ],
    [
      "with a node twice",
      () => register(signEntity(entity({ nodes: [id.publicKey, id.publicKey] }))),
      "registry/1",
    ],
    ["in a transaction of another", () => register(signEntity(entity()), stranger), "registry/12"],
    [
      "without stake",
      () => register(signEntity(entity({ id: stranger.publicKey }), stranger), stranger),
      "staking/4",
    ],
  ])("%s", (_, run, expected) => {
    expect(run()).toBe(expected);
  });

  test("charges for every node, claims stake and says so", () => {
    const ctx = world.context("deliverTx", owner.publicKey);
    registerEntity(ctx, signEntity(entity({ nodes: [id.publicKey, stranger.publicKey] })));
    expect(ctx.gas.used).toBe(114n);
    expect(world.claims(owner.publicKey)).toEqual(
      new Map([["registry.RegisterEntity", [{ global: KIND_ENTITY, const: null }]]]),
    );
    expect(eventKinds(ctx)).toEqual(["entity"]);
    expect(getEntity(world.state, owner.publicKey)?.nodes).toEqual([id.publicKey, stranger.publicKey]);
  });

  test("CheckTx verifies without gas, simulation only charges", () => {
    const check = world.context("checkTx", owner.publicKey);
    registerEntity(check, signEntity(entity()));
    const simulation = world.context("simulateTx", owner.publicKey);
    registerEntity(simulation, signEntity(entity()));
    expect([check.gas.used, simulation.gas.used]).toEqual([0n, 107n]);
    expect(getEntity(world.state, owner.publicKey)).toBeNull();
    expect(() => registerEntity(check, signEntity(entity(), stranger))).toThrow("invalid argument");
  });
});

describe("DeregisterEntity (consensus-a.md 3.2)", () => {
  const deregister = () => outcomeOf(() => deregisterEntity(world.context("deliverTx", owner.publicKey)));

  test("only an entity without nodes and ParaTimes", () => {
    expect(deregister()).toBe("registry/9");
    register(signEntity(entity()));
    enroll(signNode(node()));
    expect(deregister()).toBe("registry/15");
  });

  test("an owner of a ParaTime stays", () => {
    register(signEntity(entity()));
    setRuntimeOwner(world.state, RUNTIME, owner.publicKey);
    expect(deregister()).toBe("registry/19");
  });

  test("gives the stake back", () => {
    register(signEntity(entity()));
    expect(deregister()).toBe("ok");
    expect(world.claims(owner.publicKey).size).toBe(0);
    expect(getEntity(world.state, owner.publicKey)).toBeNull();
  });
});

describe("RegisterNode (consensus-a.md 3.3)", () => {
  beforeEach(() => {
    register(signEntity(entity()));
  });

  const withoutP2p = { p2p: { id: p2p.publicKey, addresses: null } };
  const withoutConsensus = { consensus: { id: consensus.publicKey, addresses: null } };
  const tee = { hardware: 1, rak: stranger.publicKey, rek: null, attestation: null };

  test.each([
    ["a node", signNode(node()), "ok"],
    ["an undecodable descriptor", { untrusted_raw_value: Uint8Array.of(0xff), signatures: [] }, "registry/1"],
    ["an unknown entity", signNode(node({ entity_id: stranger.publicKey })), "registry/9"],
    ["no signatures", { ...signNode(node()), signatures: [] }, "registry/2"],
    [
      "signatures of something else",
      { ...signNode(node()), signatures: signNode(node({ roles: 1 })).signatures },
      "registry/2",
    ],
    ["a long software version", signNode(node({ software_version: "x".repeat(129) })), "registry/1"],
    ["no roles", signNode(node({ roles: 0 })), "registry/1"],
    ["a reserved role", signNode(node({ roles: ROLE_COMPUTE_WORKER | ROLE_RESERVED_3 })), "registry/1"],
    ["not signed by the node", signNode(node(), keys.slice(1)), "registry/1"],
    [
      "not in the entity's list",
      signNode(node({ id: stranger.publicKey }), [...keys, stranger]),
      "registry/1",
    ],
    ["the longest expiration", signNode(node({ expiration: 15n })), "ok"],
    ["too long an expiration", signNode(node({ expiration: 16n })), "registry/1"],
    ["compute without ParaTimes", signNode(node({ runtimes: null })), "registry/1"],
    ["observer without ParaTimes", signNode(node({ runtimes: [], roles: ROLE_OBSERVER })), "registry/1"],
    ["validator without ParaTimes", signNode(node({ runtimes: [], roles: ROLE_VALIDATOR })), "ok"],
    ["a null ParaTime", signNode(node({ runtimes: [null] })), "registry/1"],
    ["the same version twice", signNode(node({ runtimes: [offered, offered] })), "registry/1"],
    [
      "an unknown ParaTime",
      signNode(node({ runtimes: [{ ...offered, id: new Uint8Array(32).fill(2, 8) }] })),
      "registry/11",
    ],
    [
      "hardware that the ParaTime does not have",
      signNode(node({ runtimes: [{ ...offered, capabilities: { tee } }] })),
      "registry/8",
    ],
    ["a ParaTime for a validator alone", signNode(node({ roles: ROLE_VALIDATOR })), "registry/1"],
    ["a validator without consensus address", signNode(node(withoutConsensus)), "registry/1"],
    [
      "compute without consensus address",
      signNode(node({ ...withoutConsensus, roles: ROLE_COMPUTE_WORKER })),
      "ok",
    ],
    [
      "compute without P2P address",
      signNode(node({ ...withoutP2p, roles: ROLE_COMPUTE_WORKER })),
      "registry/1",
    ],
    ["observer without P2P address", signNode(node({ ...withoutP2p, roles: ROLE_OBSERVER })), "ok"],
    [
      "a private address",
      signNode(node({ p2p: { id: p2p.publicKey, addresses: [PRIVATE_ADDRESS] } })),
      "registry/1",
    ],
    ["a blacklisted VRF key", signNode(node({ vrf: { id: reservedKeys.burn } })), "registry/1"],
    ["not signed by the VRF key", signNode(node(), [id, consensus, tls, p2p]), "registry/1"],
    [
      "one key in two places",
      signNode(node({ vrf: { id: tls.publicKey } }), [id, consensus, tls, p2p]),
      "registry/1",
    ],
    ["one more signature", signNode(node(), [...keys, stranger]), "registry/1"],
    ["a signature twice", signNode(node(), [...keys, id]), "ok"],
    ["expired now", signNode(node({ expiration: 10n })), "registry/13"],
  ] as [string, MultiSignedNode, string][])("%s", (_, signed, expected) => {
    expect(enroll(signed)).toBe(expected);
  });

  test("only in a transaction of the node", () => {
    expect(enroll(signNode(node()), owner)).toBe("registry/12");
  });

  test("before 26.1 an observer needs no ParaTime", () => {
    world.facts.feature261 = false;
    world.nextBlock();
    expect(enroll(signNode(node({ runtimes: [], roles: ROLE_OBSERVER })))).toBe("ok");
  });

  test("keys of another node are refused", () => {
    const other = testSigner("other node");
    register(signEntity(entity({ nodes: [id.publicKey, other.publicKey] })));
    enroll(signNode(node({ runtimes: [], roles: ROLE_VALIDATOR })));
    const copy = node({ id: other.publicKey, runtimes: [], roles: ROLE_VALIDATOR });
    expect(enroll(signNode(copy, [other, consensus, vrf, tls, p2p]), other)).toBe("registry/1");
  });

  test("stake for every role", () => {
    enroll(signNode(node()));
    expect(world.claims(owner.publicKey).get(nodeClaim(id.publicKey))).toEqual([
      { global: KIND_NODE_VALIDATOR, const: null },
      { global: KIND_NODE_COMPUTE, const: null },
    ]);
  });

  test("too little stake leaves nothing behind", () => {
    world.fund(owner.publicKey, -1n);
    expect(enroll(signNode(node()))).toBe("staking/4");
    expect(getNode(world.state, id.publicKey)).toBeNull();
  });

  test("epochs are paid once", () => {
    const pay = (expiration: bigint) => {
      const ctx = world.context("deliverTx", id.publicKey);
      registerNode(ctx, signNode(node({ expiration })));
      return ctx.gas.used;
    };
    expect([pay(12n), pay(12n), pay(15n), pay(11n)]).toEqual([2000n, 0n, 3000n, 0n]);
  });

  test("a new node is not eligible for committees yet", () => {
    enroll(signNode(node()));
    expect(getNodeStatus(world.state, id.publicKey)).toEqual({
      expiration_processed: false,
      freeze_end_time: 0n,
      election_eligible_after: EPOCH_INVALID,
      faults: null,
    });
  });

  test("renewal keeps the status, a return from expiration resets eligibility only", () => {
    enroll(signNode(node()));
    const status = {
      expiration_processed: true,
      freeze_end_time: 99n,
      election_eligible_after: 5n,
      faults: null,
    };
    setNodeStatus(world.state, id.publicKey, status);
    enroll(signNode(node({ expiration: 13n })));
    expect(getNodeStatus(world.state, id.publicKey)).toEqual(status);
    world.nextBlock(14n);
    enroll(signNode(node({ expiration: 16n })));
    const renewed = { ...status, expiration_processed: false, election_eligible_after: EPOCH_INVALID };
    expect(getNodeStatus(world.state, id.publicKey)).toEqual(renewed);
  });

  test("a key that moves to a later place loses its index entry", () => {
    enroll(signNode(node()));
    const swapped = node({
      p2p: { id: vrf.publicKey, addresses: [PUBLIC_ADDRESS] },
      vrf: { id: p2p.publicKey },
    });
    expect(enroll(signNode(swapped))).toBe("ok");
    expect(getNodeBySubKey(world.state, vrf.publicKey)).toBeNull();
    expect(getNodeBySubKey(world.state, p2p.publicKey)?.id).toEqual(id.publicKey);
  });

  test("the node goes around the transaction's overlay, the claim does not (consensus-a.md 1.9)", () => {
    enroll(signNode(node({ roles: ROLE_COMPUTE_WORKER })));
    world.state.remove(hashedKey(NODE_STATUS, id.publicKey));
    const ctx = world.context("deliverTx", id.publicKey);
    expect(outcomeOf(() => registerNode(ctx, signNode(node())))).toBe("registry/1");
    expect(getNode(world.state, id.publicKey)?.roles).toBe(ROLE_COMPUTE_WORKER | ROLE_VALIDATOR);
    expect(world.claims(owner.publicKey).get(nodeClaim(id.publicKey))).toEqual([
      { global: KIND_NODE_COMPUTE, const: null },
    ]);
    expect(ctx.events).toEqual([]);
  });

  describe("a suspended ParaTime", () => {
    beforeEach(() => {
      const runtime = getRuntime(world.state, RUNTIME)!;
      setRuntime(world.state, runtime, true);
      world.state.remove(hashedKey(Uint8Array.of(0x13), RUNTIME));
    });

    test("is resumed by a node", () => {
      const ctx = world.context("deliverTx", id.publicKey);
      registerNode(ctx, signNode(node()));
      expect(eventKinds(ctx)).toEqual(["runtime_started", "node"]);
      expect(getRuntime(world.state, RUNTIME)).not.toBeNull();
      expect(getSuspendedRuntime(world.state, RUNTIME)).toBeNull();
    });

    test("stays suspended when its owner lacks stake", () => {
      const other = stakingAddress(stranger.publicKey);
      const account = staking.getAccount(world.state, other);
      account.escrow.stake_accumulator.claims = new Map([["x", [{ global: null, const: 1n }]]]);
      staking.setAccount(world.state, other, account);
      setRuntime(
        world.state,
        { ...getSuspendedRuntime(world.state, RUNTIME)!, entity_id: stranger.publicKey },
        true,
      );
      const ctx = world.context("deliverTx", id.publicKey);
      registerNode(ctx, signNode(node()));
      expect(eventKinds(ctx)).toEqual(["node"]);
      expect(getSuspendedRuntime(world.state, RUNTIME)).not.toBeNull();
    });
  });
});

describe("epoch changes (consensus-a.md 3.8)", () => {
  function epoch(number: bigint): string[] {
    world.nextBlock(number);
    const ctx = world.context("beginBlock");
    beginBlock(ctx);
    return eventKinds(ctx);
  }

  test("a node expires, is kept for the debonding interval, and is removed", () => {
    register(signEntity(entity()));
    enroll(signNode(node()));
    expect(epoch(11n)).toEqual(["node_list_epoch"]);
    expect(epoch(12n)).toEqual(["node_list_epoch"]);
    expect(epoch(13n)).toEqual(["node", "node_list_epoch"]);
    expect(getNodeStatus(world.state, id.publicKey)?.expiration_processed).toBe(true);
    expect(epoch(15n)).toEqual(["node_list_epoch"]);
    expect(world.claims(owner.publicKey).has(nodeClaim(id.publicKey))).toBe(true);
    expect(epoch(16n)).toEqual(["node_list_epoch"]);
    expect(getNode(world.state, id.publicKey)).toBeNull();
    expect(getNodeStatus(world.state, id.publicKey)).toBeNull();
    expect(getNodeBySubKey(world.state, tls.publicKey)).toBeNull();
    expect(world.claims(owner.publicKey).has(nodeClaim(id.publicKey))).toBe(false);
  });

  test("nothing happens within an epoch", () => {
    world.nextBlock();
    expect(epoch(10n)).toEqual([]);
  });
});

describe("UnfreezeNode (consensus-a.md 3.4)", () => {
  beforeEach(() => {
    register(signEntity(entity()));
    enroll(signNode(node()));
  });

  const unfreeze = (freezeEnd: bigint, signer = owner, nodeId = id.publicKey) => {
    const status = getNodeStatus(world.state, id.publicKey)!;
    setNodeStatus(world.state, id.publicKey, { ...status, freeze_end_time: freezeEnd });
    return outcomeOf(() => unfreezeNode(world.context("deliverTx", signer.publicKey), { node_id: nodeId }));
  };

  test.each([
    ["after the freeze", () => unfreeze(10n), "ok"],
    ["not frozen at all", () => unfreeze(0n), "ok"],
    ["too early", () => unfreeze(11n), "registry/14"],
    ["by somebody else", () => unfreeze(10n, id), "registry/3"],
    ["an unknown node", () => unfreeze(10n, owner, stranger.publicKey), "registry/10"],
  ])("%s", (_, run, expected) => {
    expect(run()).toBe(expected);
    if (expected === "ok") {
      expect(getNodeStatus(world.state, id.publicKey)?.freeze_end_time).toBe(0n);
    }
  });
});
