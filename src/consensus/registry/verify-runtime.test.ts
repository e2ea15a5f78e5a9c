import { describe, expect, test } from "vitest";
import { createBlacklist } from "../../crypto/blacklist.ts";
import { wirePair } from "../../types/errors.ts";
import { ConsensusParameters } from "../../types/registry.ts";
import {
  GOVERNANCE_CONSENSUS,
  GOVERNANCE_ENTITY,
  GOVERNANCE_RUNTIME,
  KIND_COMPUTE,
  KIND_KEY_MANAGER,
  Runtime,
} from "../../types/runtime.ts";
import { KIND_ENTITY, KIND_NODE_COMPUTE, KIND_NODE_KEY_MANAGER } from "../../types/staking.ts";
import { verifyKeyManager, verifyRuntime } from "./verify-runtime.ts";
import { verifyRuntimeNew, verifyRuntimeUpdate } from "./verify-runtime-update.ts";

const EPOCH = 10n;
const blacklist = createBlacklist({ allowTestKeys: false });

const id = (flags: number, rest = 1) => new Uint8Array(32).fill(rest, 8).fill(flags, 0, 1);
const COMPUTE_ID = id(0);
const KEY_MANAGER_ID = id(0x40);
const TEST_ID = id(0x80);

const version = (major: number, validFrom: bigint) => ({
  version: { major, minor: 0, patch: 0 },
  valid_from: validFrom,
  tee: null,
  bundle_checksum: null,
});

function compute(rest: Partial<Runtime> = {}): Runtime {
  return {
    ...Runtime.zero(),
    v: 3,
    id: COMPUTE_ID,
    kind: KIND_COMPUTE,
    executor: {
      ...Runtime.zero().executor,
      group_size: 3,
      group_backup_size: 2,
      allowed_stragglers: 1,
      round_timeout: 5n,
      max_messages: 32,
    },
    txn_scheduler: {
      batch_flush_timeout: 1_000_000_000n,
      max_batch_size: 1n,
      max_batch_size_bytes: 1024n,
      max_in_messages: 0,
      propose_batch_timeout: 1_000_000_000n,
    },
    admission_policy: { any_node: {}, entity_whitelist: null, per_role: null },
    governance_model: GOVERNANCE_ENTITY,
    deployments: [version(1, 11n)],
    ...rest,
  };
}

const keyManager = (rest: Partial<Runtime> = {}) =>
  compute({ id: id(0xc0), kind: KIND_KEY_MANAGER, executor: Runtime.zero().executor, ...rest });

const PARAMS: ConsensusParameters = {
  ...ConsensusParameters.zero(),
  debug_allow_test_runtimes: true,
  enable_runtime_governance_models: new Map([
    [GOVERNANCE_ENTITY, true],
    [GOVERNANCE_RUNTIME, true],
  ]),
};

function outcome(work: () => void): string {
  try {
    work();
    return "ok";
  } catch (error) {
    const { module, code } = wirePair(error);
    return `${module}/${code}`;
  }
}

describe("descriptors (consensus-a.md 3.5)", () => {
  function verify(
    runtime: Runtime,
    params: Partial<ConsensusParameters> = {},
    dontBlameOasis = false,
  ): string {
    const rules = {
      params: { ...PARAMS, ...params },
      epoch: EPOCH,
      feature261: true,
      blacklist,
      dontBlameOasis,
    };
    return outcome(() => verifyRuntime(runtime, rules));
  }
  const executor = (rest: Partial<Runtime["executor"]>) =>
    compute({ executor: { ...compute().executor, ...rest } });
  const scheduler = (rest: Partial<Runtime["txn_scheduler"]>) =>
    compute({ txn_scheduler: { ...compute().txn_scheduler, ...rest } });
  const storage = (interval: bigint, kept: bigint, chunk: bigint) =>
    compute({
      storage: { checkpoint_interval: interval, checkpoint_num_kept: kept, checkpoint_chunk_size: chunk },
    });
  const staking = (rest: Partial<Runtime["staking"]>) => ({ ...Runtime.zero().staking, ...rest });

  test.each([
    ["a compute ParaTime", verify(compute()), "ok"],
    ["a test ParaTime", verify(compute({ id: TEST_ID })), "ok"],
    ["a key manager of a test network", verify(keyManager()), "ok"],
    ["version 2", verify(compute({ v: 2 })), "registry/1"],
    ["no kind", verify(compute({ kind: 0 })), "registry/1"],
    ["a compute ParaTime with a key manager's id", verify(compute({ id: KEY_MANAGER_ID })), "registry/1"],
    ["its own key manager", verify(compute({ key_manager: COMPUTE_ID })), "registry/1"],
    ["a key manager with a compute ParaTime's id", verify(keyManager({ id: TEST_ID })), "registry/1"],
    ["a key manager with a key manager", verify(keyManager({ key_manager: KEY_MANAGER_ID })), "registry/1"],
    ["a key manager without SGX", verify(keyManager({ id: KEY_MANAGER_ID })), "registry/1"],
    ["no group", verify(executor({ group_size: 0 })), "registry/1"],
    [
      "more stragglers than workers",
      verify(executor({ allowed_stragglers: 4, group_backup_size: 0 })),
      "registry/1",
    ],
    ["more stragglers than backups", verify(executor({ allowed_stragglers: 3 })), "registry/1"],
    [
      "any stragglers without backups",
      verify(executor({ allowed_stragglers: 3, group_backup_size: 0 })),
      "ok",
    ],
    ["no round timeout", verify(executor({ round_timeout: 0n })), "registry/1"],
    ["more than all rounds live", verify(executor({ min_live_rounds_percent: 101 })), "registry/1"],
    ["a short flush timeout", verify(scheduler({ batch_flush_timeout: 49_999_999n })), "registry/1"],
    ["the shortest flush timeout", verify(scheduler({ batch_flush_timeout: 50_000_000n })), "ok"],
    ["empty batches", verify(scheduler({ max_batch_size: 0n })), "registry/1"],
    ["small batches", verify(scheduler({ max_batch_size_bytes: 1023n })), "registry/1"],
    ["a short proposer timeout", verify(scheduler({ propose_batch_timeout: 999_999_999n })), "registry/1"],
    [
      "flushing later than proposing",
      verify(scheduler({ batch_flush_timeout: 1_000_000_001n })),
      "registry/1",
    ],
    ["checkpoints", verify(storage(10n, 1n, 1048576n)), "ok"],
    ["checkpoints too often", verify(storage(9n, 1n, 1048576n)), "registry/1"],
    ["checkpoints too often on a test network", verify(storage(9n, 1n, 1048576n), {}, true), "ok"],
    ["no checkpoints kept", verify(storage(10n, 0n, 1048576n)), "registry/1"],
    ["small chunks", verify(storage(10n, 1n, 1048575n)), "registry/1"],
    [
      "rewards over 100 percent",
      verify(compute({ staking: staking({ reward_bad_results: 101 }) })),
      "registry/1",
    ],
    [
      "a threshold of compute nodes",
      verify(compute({ staking: staking({ thresholds: new Map([[KIND_NODE_COMPUTE, 1n]]) }) })),
      "ok",
    ],
    [
      "a threshold of key managers",
      verify(compute({ staking: staking({ thresholds: new Map([[KIND_NODE_KEY_MANAGER, 1n]]) }) })),
      "registry/1",
    ],
    [
      "a threshold of entities",
      verify(compute({ staking: staking({ thresholds: new Map([[KIND_ENTITY, 1n]]) }) })),
      "registry/1",
    ],
    [
      "no admission policy",
      verify(compute({ admission_policy: { any_node: null, entity_whitelist: null, per_role: null } })),
      "registry/1",
    ],
    ["no governance", verify(compute({ governance_model: 0 })), "registry/1"],
    ["unknown governance", verify(compute({ governance_model: 4 })), "registry/1"],
    ["no deployment", verify(compute({ deployments: [] })), "registry/1"],
    [
      "a test ParaTime elsewhere",
      verify(compute({ id: TEST_ID }), { debug_allow_test_runtimes: false }),
      "registry/1",
    ],
    [
      "governance that is not enabled",
      verify(compute({ governance_model: GOVERNANCE_CONSENSUS })),
      "registry/16",
    ],
    ["no governance enabled", verify(compute(), { enable_runtime_governance_models: null }), "registry/16"],
    [
      "governance that is disabled",
      verify(compute(), { enable_runtime_governance_models: new Map([[GOVERNANCE_ENTITY, false]]) }),
      "registry/16",
    ],
    ["unknown hardware", verify(compute({ tee_hardware: 2 })), "registry/1"],
    [
      "a key manager that governs itself",
      verify(keyManager({ governance_model: GOVERNANCE_RUNTIME })),
      "registry/1",
    ],
  ])("%s", (_, actual, expected) => {
    expect(actual).toBe(expected);
  });
});

describe("key manager of a compute ParaTime", () => {
  const verify = (runtime: Runtime, found: Runtime | null) =>
    outcome(() => verifyKeyManager(runtime, () => found));
  test.each([
    ["none", verify(compute(), null), "ok"],
    ["unknown", verify(compute({ key_manager: KEY_MANAGER_ID }), null), "registry/11"],
    ["not a key manager", verify(compute({ key_manager: KEY_MANAGER_ID }), compute()), "registry/1"],
    ["without SGX", verify(compute({ key_manager: KEY_MANAGER_ID }), keyManager()), "registry/1"],
    ["with SGX", verify(compute({ key_manager: KEY_MANAGER_ID, tee_hardware: 1 }), keyManager()), "ok"],
    ["on a test network", verify(compute({ id: TEST_ID, key_manager: KEY_MANAGER_ID }), keyManager()), "ok"],
  ])("%s", (_, actual, expected) => {
    expect(actual).toBe(expected);
  });
});

describe("new descriptors", () => {
  const verify = (from: bigint, params: Partial<ConsensusParameters> = {}, genesis = false) =>
    outcome(() =>
      verifyRuntimeNew(
        compute({ deployments: [version(1, from)] }),
        EPOCH,
        { ...PARAMS, ...params },
        genesis,
      ),
    );
  test.each([
    ["deployed later", verify(11n), "ok"],
    ["deployed at once", verify(10n), "registry/18"],
    ["deployed at once on a test network", verify(10n, { debug_deploy_immediately: true }), "ok"],
    ["deployed in genesis", verify(0n, {}, true), "ok"],
  ])("%s", (_, actual, expected) => {
    expect(actual).toBe(expected);
  });
});

describe("updates (consensus-a.md 3.5)", () => {
  const current = compute({ deployments: [version(1, 0n)] });
  const later = compute({ deployments: [version(1, 11n)] });
  const verify = (old: Runtime, rest: Partial<Runtime>) =>
    outcome(() => verifyRuntimeUpdate(old, { ...old, ...rest }, EPOCH, PARAMS, true));

  test.each([
    ["nothing", verify(current, {}), "ok"],
    ["other parameters", verify(current, { executor: Runtime.zero().executor }), "ok"],
    ["another owner", verify(current, { entity_id: id(1) }), "ok"],
    ["another id", verify(current, { id: TEST_ID }), "registry/18"],
    ["another kind", verify(current, { kind: KIND_KEY_MANAGER }), "registry/18"],
    ["another first round", verify(current, { genesis: { ...current.genesis, round: 1n } }), "registry/18"],
    [
      "another first state",
      verify(current, { genesis: { ...current.genesis, state_root: id(9) } }),
      "registry/18",
    ],
    ["a key manager", verify(current, { key_manager: KEY_MANAGER_ID }), "ok"],
    [
      "another key manager",
      verify({ ...current, key_manager: KEY_MANAGER_ID }, { key_manager: id(0x40, 2) }),
      "registry/18",
    ],
    [
      "no key manager any more",
      verify({ ...current, key_manager: KEY_MANAGER_ID }, { key_manager: null }),
      "registry/18",
    ],
    ["governance by itself", verify(current, { governance_model: GOVERNANCE_RUNTIME }), "ok"],
    [
      "governance by the consensus layer",
      verify(current, { governance_model: GOVERNANCE_CONSENSUS }),
      "registry/18",
    ],
    [
      "governance back to the entity",
      verify({ ...current, governance_model: GOVERNANCE_RUNTIME }, { governance_model: GOVERNANCE_ENTITY }),
      "registry/18",
    ],
    ["one more version later", verify(current, { deployments: [version(1, 0n), version(2, 11n)] }), "ok"],
    [
      "one more version at once",
      verify(current, { deployments: [version(1, 0n), version(2, 10n)] }),
      "registry/18",
    ],
    [
      "the active version in another way",
      verify(current, { deployments: [{ ...version(1, 0n), bundle_checksum: new Uint8Array(32) }] }),
      "registry/18",
    ],
    ["the active version is dropped", verify(current, { deployments: [version(2, 11n)] }), "registry/18"],
    ["the future version moves", verify(later, { deployments: [version(1, 12n)] }), "ok"],
    ["the future version comes at once", verify(later, { deployments: [version(1, 10n)] }), "registry/18"],
    ["another future version", verify(later, { deployments: [version(2, 12n)] }), "ok"],
    [
      "an old version is dropped",
      verify(compute({ deployments: [version(1, 0n), version(2, 5n)] }), { deployments: [version(2, 5n)] }),
      "ok",
    ],
  ])("%s", (_, actual, expected) => {
    expect(actual).toBe(expected);
  });

  test("deployments that became invalid in the state stop the block", () => {
    const broken = compute({ deployments: [1, 2, 3].map((n) => version(n, BigInt(n))) });
    expect(() => verifyRuntimeUpdate(broken, broken, EPOCH, PARAMS, true)).toThrow("malformed deployments");
  });
});
