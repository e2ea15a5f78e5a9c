import { beforeEach, describe, expect, test } from "vitest";
import {
  entity,
  id,
  node,
  owner,
  RegistrationWorld,
  RUNTIME,
  signEntity,
  signNode,
  stranger,
} from "../../../test/consensus-registration.ts";
import { eventKinds, outcomeOf } from "../../../test/consensus-world.ts";
import { reservedKeys } from "../../crypto/blacklist.ts";
import { contexts } from "../../crypto/contexts.ts";
import { signSigned } from "../../crypto/envelope.ts";
import { Entity } from "../../types/entity.ts";
import { KIND_ENTITY } from "../../types/staking.ts";
import { deregisterEntity } from "./deregister-entity.ts";
import { registerEntity } from "./register-entity.ts";
import { setRuntimeOwner } from "./runtime-state.ts";
import { getEntity } from "./state.ts";

let world: RegistrationWorld;

beforeEach(() => {
  world = new RegistrationWorld();
});

describe("RegisterEntity (consensus-a.md 3.1)", () => {
  test.each([
    ["an entity", () => world.register(signEntity(entity())), "ok"],
    ["signed by another key", () => world.register(signEntity(entity(), stranger), stranger), "registry/1"],
    [
      "for another purpose",
      () => world.register(signSigned(Entity, entity(), contexts.registerNode, owner)),
      "registry/2",
    ],
    [
      "undecodable",
      () => world.register({ ...signEntity(entity()), untrusted_raw_value: Uint8Array.of(0xff) }),
      "registry/2",
    ],
    [
      "with a blacklisted node",
      () => world.register(signEntity(entity({ nodes: [reservedKeys.burn] }))),
      "registry/1",
    ],
    [
      "with a node twice",
      () => world.register(signEntity(entity({ nodes: [id.publicKey, id.publicKey] }))),
      "registry/1",
    ],
    ["in a transaction of another", () => world.register(signEntity(entity()), stranger), "registry/12"],
    [
      "without stake",
      () => world.register(signEntity(entity({ id: stranger.publicKey }), stranger), stranger),
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
    world.register(signEntity(entity()));
    world.enroll(signNode(node()));
    expect(deregister()).toBe("registry/15");
  });

  test("an owner of a ParaTime stays", () => {
    world.register(signEntity(entity()));
    setRuntimeOwner(world.state, RUNTIME, owner.publicKey);
    expect(deregister()).toBe("registry/19");
  });

  test("gives the stake back", () => {
    world.register(signEntity(entity()));
    expect(deregister()).toBe("ok");
    expect(world.claims(owner.publicKey).size).toBe(0);
    expect(getEntity(world.state, owner.publicKey)).toBeNull();
  });
});
