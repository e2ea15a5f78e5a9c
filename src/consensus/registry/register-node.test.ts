import { beforeEach, describe, expect, test } from "vitest";
import {
  consensus,
  entity,
  id,
  keys,
  node,
  offered,
  owner,
  PRIVATE_ADDRESS,
  PUBLIC_ADDRESS,
  p2p,
  RegistrationWorld,
  RUNTIME,
  signEntity,
  signNode,
  stranger,
  tls,
  vrf,
} from "../../../test/consensus-registration.ts";
import { eventKinds, outcomeOf } from "../../../test/consensus-world.ts";
import { reservedKeys } from "../../crypto/blacklist.ts";
import { testSigner } from "../../crypto/memory-signer.ts";
import { stakingAddress } from "../../types/account-address.ts";
import { EPOCH_INVALID } from "../../types/common.ts";
import type { MultiSignedNode } from "../../types/node.ts";
import { ROLE_COMPUTE_WORKER, ROLE_OBSERVER, ROLE_RESERVED_3, ROLE_VALIDATOR } from "../../types/roles.ts";
import { KIND_NODE_COMPUTE, KIND_NODE_VALIDATOR } from "../../types/staking.ts";
import { UnsupportedError } from "../errors.ts";
import * as staking from "../staking/state.ts";
import { hashedKey, NODE_STATUS, RUNTIME as RUNTIME_PREFIX } from "./keys.ts";
import { registerNode } from "./register-node.ts";
import { getRuntime, getSuspendedRuntime, setRuntime } from "./runtime-state.ts";
import { nodeClaim } from "./stake-claims.ts";
import { getNode, getNodeBySubKey, getNodeStatus, setNodeStatus } from "./state.ts";

let world: RegistrationWorld;

beforeEach(() => {
  world = new RegistrationWorld();
});

describe("RegisterNode (consensus-a.md 3.3)", () => {
  beforeEach(() => {
    world.register(signEntity(entity()));
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
    expect(world.enroll(signed)).toBe(expected);
  });

  test("only in a transaction of the node", () => {
    expect(world.enroll(signNode(node()), owner)).toBe("registry/12");
  });

  test("before 26.1 an observer needs no ParaTime", () => {
    world.facts.feature261 = false;
    world.nextBlock();
    expect(world.enroll(signNode(node({ runtimes: [], roles: ROLE_OBSERVER })))).toBe("ok");
  });

  test("keys of another node are refused", () => {
    const other = testSigner("other node");
    world.register(signEntity(entity({ nodes: [id.publicKey, other.publicKey] })));
    world.enroll(signNode(node({ runtimes: [], roles: ROLE_VALIDATOR })));
    const copy = node({ id: other.publicKey, runtimes: [], roles: ROLE_VALIDATOR });
    expect(world.enroll(signNode(copy, [other, consensus, vrf, tls, p2p]), other)).toBe("registry/1");
  });

  test("an attestation that this version cannot verify stops the block, and stays out of the mempool", () => {
    const deployment = { version: offered.version, valid_from: 0n, tee: null, bundle_checksum: null };
    const sgx = { ...getRuntime(world.state, RUNTIME)!, tee_hardware: 1, deployments: [deployment] };
    setRuntime(world.state, sgx, false);
    const signed = signNode(node({ runtimes: [{ ...offered, capabilities: { tee } }] }));
    for (const mode of ["checkTx", "deliverTx"] as const) {
      expect(() => registerNode(world.context(mode, id.publicKey), signed)).toThrow(UnsupportedError);
    }
    registerNode(world.context("checkTx", id.publicKey), signNode(node()));
    // CheckTx looks at nothing else.
    const undecodable = { ...signNode(node()), untrusted_raw_value: Uint8Array.of(0x01) };
    registerNode(world.context("checkTx", id.publicKey), undecodable);
  });

  test("stake for every role", () => {
    world.enroll(signNode(node()));
    expect(world.claims(owner.publicKey).get(nodeClaim(id.publicKey))).toEqual([
      { global: KIND_NODE_VALIDATOR, const: null },
      { global: KIND_NODE_COMPUTE, const: null },
    ]);
  });

  test("too little stake leaves nothing behind", () => {
    world.fund(owner.publicKey, -1n);
    expect(world.enroll(signNode(node()))).toBe("staking/4");
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
    world.enroll(signNode(node()));
    expect(getNodeStatus(world.state, id.publicKey)).toEqual({
      expiration_processed: false,
      freeze_end_time: 0n,
      election_eligible_after: EPOCH_INVALID,
      faults: null,
    });
  });

  test("renewal keeps the status, a return from expiration resets eligibility only", () => {
    world.enroll(signNode(node()));
    const status = {
      expiration_processed: true,
      freeze_end_time: 99n,
      election_eligible_after: 5n,
      faults: null,
    };
    setNodeStatus(world.state, id.publicKey, status);
    world.enroll(signNode(node({ expiration: 13n })));
    expect(getNodeStatus(world.state, id.publicKey)).toEqual(status);
    world.nextBlock(14n);
    world.enroll(signNode(node({ expiration: 16n })));
    const renewed = { ...status, expiration_processed: false, election_eligible_after: EPOCH_INVALID };
    expect(getNodeStatus(world.state, id.publicKey)).toEqual(renewed);
  });

  test("a key that moves to a later place loses its index entry", () => {
    world.enroll(signNode(node()));
    const swapped = node({
      p2p: { id: vrf.publicKey, addresses: [PUBLIC_ADDRESS] },
      vrf: { id: p2p.publicKey },
    });
    expect(world.enroll(signNode(swapped))).toBe("ok");
    expect(getNodeBySubKey(world.state, vrf.publicKey)).toBeNull();
    expect(getNodeBySubKey(world.state, p2p.publicKey)?.id).toEqual(id.publicKey);
  });

  test("the node goes around the transaction's overlay, the claim does not (consensus-a.md 1.9)", () => {
    world.enroll(signNode(node({ roles: ROLE_COMPUTE_WORKER })));
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
      world.state.remove(hashedKey(RUNTIME_PREFIX, RUNTIME));
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
