import { beforeEach, describe, expect, test } from "vitest";
import { RegistrationWorld } from "../../../test/consensus-registration.ts";
import { outcomeOf } from "../../../test/consensus-world.ts";
import { encode } from "../../codec/schema.ts";
import { ConsensusParameterChanges } from "../../types/registry.ts";
import { changeParameters } from "./change-parameters.ts";
import { getParameters } from "./state.ts";

let world: RegistrationWorld;

beforeEach(() => {
  world = new RegistrationWorld();
});

function change(changes: Partial<ConsensusParameterChanges>, apply = true, module = "registry"): string {
  const body = encode(ConsensusParameterChanges, { ...ConsensusParameterChanges.zero(), ...changes });
  return outcomeOf(() => changeParameters(world.context("endBlock"), { module, changes: body }, apply));
}

describe("parameter changes by governance (consensus-a.md 3.10)", () => {
  test("are made only when applied", () => {
    expect(change({ max_node_expiration: 9n }, false)).toBe("ok");
    expect(getParameters(world.state).max_node_expiration).toBe(5n);
    expect(change({ max_node_expiration: 9n, max_runtime_deployments: 7 })).toBe("ok");
    expect(getParameters(world.state)).toMatchObject({ max_node_expiration: 9n, max_runtime_deployments: 7 });
  });

  test("for another module are somebody else's", () => {
    const proposal = { module: "staking", changes: null };
    expect(changeParameters(world.context("endBlock"), proposal, true)).toBeNull();
  });

  test.each([
    ["nothing", () => change({})],
    ["only the number of deployments", () => change({ max_runtime_deployments: 7 })],
    ["no limit of expiration", () => change({ max_node_expiration: 0n })],
    [
      "garbage",
      () => {
        const proposal = { module: "registry", changes: Uint8Array.of(0xff) };
        return outcomeOf(() => changeParameters(world.context("endBlock"), proposal, true));
      },
    ],
  ])("are refused: %s", (_, run) => {
    expect(run()).toBe("unknown/1");
    expect(getParameters(world.state).max_node_expiration).toBe(5n);
  });
});
