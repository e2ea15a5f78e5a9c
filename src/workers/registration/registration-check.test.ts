import fc from "fast-check";
import { expect, test } from "vitest";
import {
  entity,
  node,
  owner,
  RegistrationWorld,
  signEntity,
  signNode,
  stranger,
} from "../../../test/consensus-registration.ts";
import { ROLE_COMPUTE_WORKER, ROLE_VALIDATOR } from "../../types/roles.ts";
import { entityObstacle, findObstacle } from "./registration-check.ts";

const nodeId = node().id;

test("an entity that is not registered, or does not list the node, is named with the command that helps", () => {
  const world = new RegistrationWorld();
  expect(entityObstacle(world.state, owner.publicKey, nodeId)).toMatchObject({
    for: "the entity to be registered",
    remedy: expect.stringContaining("registry entity gen_register"),
  });
  expect(world.register(signEntity(entity({ nodes: [stranger.publicKey] })))).toBe("ok");
  expect(entityObstacle(world.state, owner.publicKey, nodeId)).toMatchObject({
    for: "the entity to list this node",
    remedy: expect.stringContaining("registry entity update"),
  });
  expect(world.register(signEntity(entity()))).toBe("ok");
  expect(entityObstacle(world.state, owner.publicKey, nodeId)).toBeNull();
});

test("missing stake is told as held, needed and the difference to add", () => {
  const world = new RegistrationWorld();
  world.register(signEntity(entity()));
  world.fund(owner.publicKey, -15n);
  const obstacle = findObstacle(world.state, node(), 0n);
  expect(obstacle).toMatchObject({ for: "stake" });
  expect(obstacle!.cause).toMatch(/holds 45 base units, its claims with this node need 60$/);
  expect(obstacle!.remedy).toContain("--stake.amount 15 ");
  expect(world.enroll(signNode(node()))).toBe("staking/4");
});

test("a fee that the node's account cannot pay is told with the account to fund", () => {
  const world = new RegistrationWorld();
  world.register(signEntity(entity()));
  world.setStakingParameters({ min_transact_balance: 5n });
  world.fund(nodeId, 0n, 7n);
  expect(findObstacle(world.state, node(), 2n)).toBeNull();
  expect(findObstacle(world.state, node(), 3n)).toMatchObject({
    for: "the fee of the registration",
    remedy: expect.stringMatching(/^transfer at least 1 base units to oasis1/),
  });
});

test("whatever the stake and the roles, the check and the registry agree", () => {
  const roles = fc.constantFrom(ROLE_VALIDATOR, ROLE_COMPUTE_WORKER, ROLE_VALIDATOR | ROLE_COMPUTE_WORKER);
  const cases = fc.record({ stake: fc.integer({ min: -60, max: 20 }), roles, before: fc.boolean() });
  fc.assert(
    fc.property(cases, ({ stake, roles, before }) => {
      const world = new RegistrationWorld();
      world.register(signEntity(entity()));
      // A registration that is renewed replaces its own claim.
      if (before) world.enroll(signNode(node()));
      world.fund(owner.publicKey, BigInt(stake));
      const wanted = node({ roles, runtimes: node().runtimes, expiration: 13n });
      const obstacle = findObstacle(world.state, wanted, 0n);
      const outcome = world.enroll(signNode(wanted));
      if (outcome === "ok" || outcome === "staking/4") expect(obstacle === null).toBe(outcome === "ok");
    }),
    { numRuns: 60 },
  );
});
