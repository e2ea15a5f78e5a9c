import { beforeEach, describe, expect, test } from "vitest";
import { World } from "../../../test/consensus-world.ts";
import { compare, toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { testPublicKey, testSigner } from "../../crypto/memory-signer.ts";
import { stakingAddress } from "../../types/account-address.ts";
import type { PrevVRFState } from "../../types/beacon.ts";
import { Node } from "../../types/node.ts";
import { NodeStatus } from "../../types/registry.ts";
import { ROLE_COMPUTE_WORKER, ROLE_VALIDATOR } from "../../types/roles.ts";
import { KIND_COMPUTE, KIND_KEY_MANAGER, Runtime, SchedulingConstraints } from "../../types/runtime.ts";
import {
  ConsensusParameters,
  type ForceElectCommitteeRole,
  KIND_COMPUTE_EXECUTOR,
  ROLE_BACKUP_WORKER,
  ROLE_WORKER,
  VOTING_POWER_SQRT,
} from "../../types/scheduler.ts";
import { InvariantError } from "../errors.ts";
import { addStakeClaim, StakeAccumulator } from "../staking/accumulator.ts";
import type { Candidate, Election } from "./elect.ts";
import { electCommittee } from "./elect-committee.ts";
import { electValidators } from "./elect-validators.ts";
import { diffValidators } from "./end-block.ts";
import { getCommittee, getPendingValidators, setCommittee } from "./state.ts";

const EPOCH = 10n;
const RUNTIME = new Uint8Array(32).fill(7, 8);
const VERSION = { major: 1, minor: 2, patch: 3 };

let world: World;

beforeEach(() => {
  world = new World();
});

/** A node of an entity. Names are seeds of keys. */
function node(name: string, entity: string, rest: Partial<Node> = {}): { node: Node; status: NodeStatus } {
  const value: Node = {
    ...Node.zero(),
    id: testPublicKey(name),
    entity_id: testPublicKey(entity),
    consensus: { id: testPublicKey(`${name} consensus`), addresses: null },
    roles: ROLE_COMPUTE_WORKER | ROLE_VALIDATOR,
    runtimes: [{ id: RUNTIME, version: VERSION, capabilities: { tee: null }, extra_info: null }],
    ...rest,
  };
  return { node: value, status: NodeStatus.zero() };
}

const sorted = (candidates: Candidate[]) => candidates.sort((a, b) => compare(a.node.id, b.node.id));

function election(parameters: Partial<ConsensusParameters> = {}, rest: Partial<Election> = {}): Election {
  const ctx = world.context("beginBlock");
  return {
    ctx,
    epoch: EPOCH,
    parameters: ConsensusParameters.make({
      min_validators: 1n,
      max_validators: 100n,
      max_validators_per_entity: 1n,
      ...parameters,
    }),
    entropy: new Uint8Array(32).fill(9),
    vrf: null,
    stake: new StakeAccumulator(ctx),
    rewardable: new Set(),
    ...rest,
  };
}

/** Proofs of the nodes for some alpha. */
function proofs(names: string[], canElect = true): PrevVRFState {
  const all = names.map((name) => {
    const signer = testSigner(`${name} vrf`);
    const proof = { public_key: signer.publicKey, proof: signer.prove(new Uint8Array(32)) };
    return [toHex(testPublicKey(name)), proof] as const;
  });
  return { "pi.omitempty": new Map(all), can_elect: canElect };
}

describe("validators", () => {
  const elect = (nodes: Candidate[], ...options: Parameters<typeof election>) =>
    electValidators(
      election(...options),
      sorted(nodes).map((candidate) => candidate.node),
    );
  /** Names of elected nodes with their power, best known first. */
  function elected(names: string[]): Record<string, bigint> {
    const pending = getPendingValidators(world.state)!;
    return Object.fromEntries(
      names.flatMap((name) => {
        const validator = pending.get(toHex(testPublicKey(`${name} consensus`)));
        return validator === undefined ? [] : [[name, validator.voting_power]];
      }),
    );
  }

  test("are of the entities with the most stake, with power by stake", () => {
    for (const [entity, stake] of [
      ["A", 1600n],
      ["B", 3200n],
      ["C", 15n],
    ] as const) {
      world.fund(testPublicKey(entity), stake);
    }
    const nodes = [node("a", "A"), node("b", "B"), node("c", "C")];
    expect(elect(nodes, { max_validators: 2n })).toEqual(
      new Set(["A", "B"].map((entity) => toHex(stakingAddress(testPublicKey(entity))))),
    );
    expect(elected(["a", "b", "c"])).toEqual({ a: 100n, b: 200n });
    elect(nodes, { voting_power_distribution: VOTING_POWER_SQRT });
    expect(elected(["a", "b", "c"])).toEqual({ a: 40n, b: 56n, c: 3n });
    elect(nodes);
    expect(elected(["c"])).toEqual({ c: 1n });
    elect(nodes, { debug_bypass_stake: true });
    expect(elected(["a", "b", "c"])).toEqual({ a: 1n, b: 1n, c: 1n });
  });

  test.each([0n, -1n, 1n])("is one where at most %s may be elected", (max_validators) => {
    world.fund(testPublicKey("A"), 1600n);
    world.fund(testPublicKey("B"), 3200n);
    elect([node("a", "A"), node("b", "B")], { max_validators });
    expect(Object.keys(elected(["a", "b"]))).toEqual(["b"]);
  });

  test("are a limited number of nodes of each entity", () => {
    world.fund(testPublicKey("A"), 1600n);
    const nodes = ["a1", "a2", "a3"].map((name) => node(name, "A"));
    elect(nodes);
    expect(getPendingValidators(world.state)?.size).toBe(1);
    elect(nodes, { max_validators_per_entity: 2n });
    expect(getPendingValidators(world.state)?.size).toBe(2);
    elect(nodes, { max_validators_per_entity: 5n, max_validators: 3n });
    expect(getPendingValidators(world.state)?.size).toBe(3);
  });

  test("have the role, and stake for all claims of their entity", () => {
    world.setStakingParameters({ thresholds: new Map([[0, 100n]]) });
    world.fund(testPublicKey("A"), 100n);
    addStakeClaim(world.context("deliverTx"), stakingAddress(testPublicKey("A")), "claim", [
      { global: 0, const: null },
    ]);
    world.setStakingParameters({ thresholds: new Map([[0, 101n]]) });
    world.fund(testPublicKey("B"), 100n);
    world.fund(testPublicKey("C"), 100n);
    elect([node("a", "A"), node("b", "B"), node("c", "C", { roles: ROLE_COMPUTE_WORKER })]);
    expect(elected(["a", "b", "c"])).toEqual({ b: 6n });
  });

  test("cannot be too few", () => {
    world.fund(testPublicKey("A"), 100n);
    expect(() => elect([], { min_validators: 0n })).toThrow(InvariantError);
    expect(() => elect([node("a", "A")], { min_validators: 2n })).toThrow("only 1 validators");
  });

  test("need a proof when there are enough proofs", () => {
    for (const entity of ["A", "B", "C"]) world.fund(testPublicKey(entity), 100n);
    const nodes = [node("a", "A"), node("b", "B"), node("c", "C")];
    elect(nodes, { min_validators: 2n }, { vrf: proofs(["a", "c"]) });
    expect(Object.keys(elected(["a", "b", "c"]))).toEqual(["a", "c"]);
    elect(nodes, { min_validators: 3n }, { vrf: proofs(["a", "c"]) });
    expect(Object.keys(elected(["a", "b", "c"]))).toEqual(["a", "b", "c"]);
  });

  test("go to CometBFT as changes", () => {
    const validator = (power: bigint) => ({
      id: new Uint8Array(32),
      entity_id: new Uint8Array(32),
      voting_power: power,
    });
    const set = (entries: Record<string, bigint>) =>
      new Map(
        Object.entries(entries).map(([name, power]) => [
          toHex(testPublicKey(name)),
          validator(power) as never,
        ]),
      );
    const updates = diffValidators(
      set({ left: 5n, same: 6n, changed: 7n }),
      set({ same: 6n, changed: 8n, fresh: 1n }),
    );
    expect(updates).toEqual([
      { public_key: testPublicKey("left"), power: 0n },
      { public_key: testPublicKey("changed"), power: 8n },
      { public_key: testPublicKey("fresh"), power: 1n },
    ]);
  });
});

describe("a committee", () => {
  const runtime = (rest: Partial<Runtime> = {}, size = 2, backup = 0): Runtime => ({
    ...Runtime.zero(),
    id: RUNTIME,
    kind: KIND_COMPUTE,
    executor: { ...Runtime.zero().executor, group_size: size, group_backup_size: backup },
    deployments: [{ version: VERSION, valid_from: 0n, tee: null, bundle_checksum: null }],
    ...rest,
  });
  const constrained = (constraints: Partial<SchedulingConstraints>, role = ROLE_WORKER) =>
    new Map([[KIND_COMPUTE_EXECUTOR, new Map([[role, SchedulingConstraints.make(constraints)]])]]);

  /** The elected committee's node names by role; null when there is none. */
  function committee(
    value: Runtime,
    candidates: Candidate[],
    options: Parameters<typeof election> = [],
    validators: string[] = [],
  ): { workers: string[]; backups: string[] } | null {
    setCommittee(world.state, {
      kind: KIND_COMPUTE_EXECUTOR,
      members: null,
      runtime_id: RUNTIME,
      valid_for: 9n,
    });
    const entities = new Set(validators.map((entity) => toHex(stakingAddress(testPublicKey(entity)))));
    electCommittee(election(...options), value, sorted(candidates), entities);
    const elected = getCommittee(world.state, KIND_COMPUTE_EXECUTOR, RUNTIME);
    if (elected === null) return null;
    const names = ["a", "b", "c", "d", "a1", "a2", "a3"];
    const nameOf = (key: PublicKey) => names.find((name) => compare(testPublicKey(name), key) === 0)!;
    const ofRole = (role: number) =>
      (elected.members ?? [])
        .filter((member) => member.role === role)
        .map((member) => nameOf(member.public_key));
    return { workers: ofRole(ROLE_WORKER), backups: ofRole(ROLE_BACKUP_WORKER) };
  }

  const four = () => [node("a", "A"), node("b", "B"), node("c", "C"), node("d", "D")];
  const unordered = (names: string[] | undefined) => [...(names ?? [])].sort();

  test("has as many workers and backup workers as the ParaTime wants", () => {
    const elected = committee(runtime({}, 3, 2), four());
    expect(elected?.workers).toHaveLength(3);
    expect(elected?.backups).toHaveLength(2);
    expect(new Set(elected?.workers).size).toBe(3);
    expect(committee(runtime({}, 4), four())?.workers).toHaveLength(4);
  });

  test.each<[string, Runtime, Candidate[]]>([
    ["too few nodes", runtime({}, 5), four()],
    ["no workers wanted", runtime({}, 0), four()],
    ["too few backup workers", runtime({}, 1, 5), four()],
    [
      "no deployment yet",
      runtime({ deployments: [{ version: VERSION, valid_from: 11n, tee: null, bundle_checksum: null }] }),
      four(),
    ],
    [
      "a pool that is too small",
      runtime({ constraints: constrained({ min_pool_size: { limit: 5 } }) }),
      four(),
    ],
    ["hardware that the nodes do not have", runtime({ tee_hardware: 1 }), four()],
    [
      "a limit of no nodes per entity",
      runtime({ constraints: constrained({ max_nodes: { limit: 0 } }) }),
      four(),
    ],
  ])("does not come about with %s", (_, value, candidates) => {
    expect(committee(value, candidates)).toBeNull();
  });

  test("consists of nodes that run the version in force, and are not suspended", () => {
    const other = node("b", "B", {
      runtimes: [
        { id: RUNTIME, version: { ...VERSION, patch: 4 }, capabilities: { tee: null }, extra_info: null },
      ],
    });
    const validator = node("c", "C", { roles: ROLE_VALIDATOR });
    const suspended = node("d", "D");
    suspended.status.faults = new Map([[toHex(RUNTIME), { failures: 1, suspended_until: EPOCH + 1n }]]);
    expect(committee(runtime({}, 1), [node("a", "A"), other, validator, suspended])?.workers).toEqual(["a"]);
    expect(committee(runtime({}, 2), [node("a", "A"), other, validator, suspended])).toBeNull();
  });

  test("can be limited to nodes of validators, and to some nodes of each entity", () => {
    const constraints = constrained({ validator_set: {} });
    expect(unordered(committee(runtime({ constraints }), four(), [], ["B", "D"])?.workers)).toEqual([
      "b",
      "d",
    ]);
    const nodes = [node("a1", "A"), node("a2", "A"), node("a3", "A"), node("b", "B")];
    const limited = runtime({ constraints: constrained({ max_nodes: { limit: 1 } }) });
    expect(committee(limited, nodes)?.workers).toContain("b");
    expect(committee({ ...limited, executor: { ...limited.executor, group_size: 3 } }, nodes)).toBeNull();
  });

  test("needs proofs of good entropy", () => {
    const vrf = proofs(["a", "b", "c"]);
    expect(unordered(committee(runtime({}, 3), four(), [{}, { vrf }])?.workers)).toEqual(["a", "b", "c"]);
    expect(committee(runtime({}, 4), four(), [{}, { vrf }])).toBeNull();
    const weak = proofs(["a", "b", "c"], false);
    expect(committee(runtime(), four(), [{}, { vrf: weak }])).toBeNull();
    expect(committee(runtime(), four(), [{ debug_allow_weak_alpha: true }, { vrf: weak }])).not.toBeNull();
  });

  test("rewards the entities that stood for it, whether it comes about or not", () => {
    const options = election();
    electCommittee(options, runtime({}, 5), sorted(four()), new Set());
    expect(options.rewardable.size).toBe(4);
  });

  test("is for ParaTimes that compute; others are left alone since 26.1", () => {
    expect(committee(runtime({ kind: KIND_KEY_MANAGER }), four())).toEqual({ workers: [], backups: [] });
    world.facts.feature261 = false;
    world.nextBlock();
    expect(committee(runtime({ kind: KIND_KEY_MANAGER }, 0), four())).toBeNull();
  });

  describe("of a test network", () => {
    const force = (
      entries: Record<string, Partial<ForceElectCommitteeRole>>,
    ): Parameters<typeof election> => {
      const roles = Object.entries(entries).map(([name, entry]) => {
        const role = { kind: KIND_COMPUTE_EXECUTOR, roles: [ROLE_WORKER], index: 0n, ...entry };
        return [toHex(testPublicKey(name)), role] as const;
      });
      const ctx = world.context("beginBlock");
      Object.assign(ctx, { chain: { ...ctx.chain, dontBlameOasis: true } });
      return [{ debug_force_elect: new Map([[toHex(RUNTIME), new Map(roles)]]) }, { ctx }];
    };

    test("has the forced nodes at their places", () => {
      const elected = committee(runtime({}, 3), four(), force({ c: { index: 1n }, d: { index: 0n } }));
      expect(elected?.workers.slice(0, 2)).toEqual(["d", "c"]);
      expect(elected?.workers).toHaveLength(3);
      const backups = committee(runtime({}, 1, 1), four(), force({ b: { roles: [ROLE_BACKUP_WORKER] } }));
      expect(backups?.backups).toEqual(["b"]);
    });

    test.each<[string, Record<string, Partial<ForceElectCommitteeRole>>]>([
      ["two nodes at one place", { a: {}, b: {} }],
      ["a place that is not there", { a: { index: 2n } }],
      ["more nodes than places", { a: {}, b: { index: 1n }, c: { index: 2n } }],
      ["a node that is not there", { nobody: {} }],
    ])("does not come about with %s", (_, entries) => {
      expect(committee(runtime(), four(), force(entries))).toBeNull();
    });
  });
});
