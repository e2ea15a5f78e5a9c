import type { Namespace, PublicKey } from "../../src/codec/common-types.ts";
import { isKeyManagerNamespace } from "../../src/codec/common-types.ts";
import { sha512_256 } from "../../src/crypto/hash.ts";
import { TEE_HARDWARE_INTEL_SGX, TEE_HARDWARE_NONE } from "../../src/types/node.ts";
import {
  ROLE_COMPUTE_WORKER,
  ROLE_KEY_MANAGER,
  ROLE_OBSERVER,
  ROLE_STORAGE_RPC,
} from "../../src/types/roles.ts";
import {
  GOVERNANCE_CONSENSUS,
  GOVERNANCE_ENTITY,
  GOVERNANCE_RUNTIME,
  KIND_COMPUTE,
  KIND_KEY_MANAGER,
  Runtime,
  type VersionInfo,
} from "../../src/types/runtime.ts";
import { KIND_COMPUTE_EXECUTOR, ROLE_BACKUP_WORKER, ROLE_WORKER } from "../../src/types/scheduler.ts";
import {
  KIND_NODE_COMPUTE,
  KIND_NODE_KEY_MANAGER,
  KIND_NODE_OBSERVER,
  SLASH_RUNTIME_EQUIVOCATION,
  SLASH_RUNTIME_INCORRECT_RESULTS,
  SLASH_RUNTIME_LIVENESS,
} from "../../src/types/staking.ts";
import { entities, isSgx, KEY_MANAGER_ID, SGX_KEY_MANAGER_ID } from "./cast.ts";
import { constraintsOf } from "./enclave.ts";
import type { Random } from "./random.ts";

const SECOND = 1_000_000_000n;

export const deployment = (random: Random, id: Namespace, minor: number, validFrom: bigint): VersionInfo => ({
  version: { major: 0, minor, patch: 0 },
  valid_from: validFrom,
  tee: isSgx(id) ? constraintsOf(random, id, minor) : null,
  bundle_checksum: null,
});

/** A descriptor that passes every check, apart from who may register it. */
export function randomRuntime(random: Random, id: Namespace, owner: PublicKey, epoch: bigint): Runtime {
  const isKeyManager = isKeyManagerNamespace(id);
  const runtime: Runtime = {
    ...Runtime.zero(),
    v: 3,
    id,
    entity_id: owner,
    kind: isKeyManager ? KIND_KEY_MANAGER : KIND_COMPUTE,
    genesis: { state_root: sha512_256(), round: random.pick([0n, 0n, 0n, 5n, (1n << 64n) - 4n]) },
    governance_model: isKeyManager
      ? GOVERNANCE_ENTITY
      : random.weighted([
          [16, GOVERNANCE_ENTITY],
          [6, GOVERNANCE_RUNTIME],
          [1, GOVERNANCE_CONSENSUS],
        ]),
    admission_policy: admission(random),
    deployments: [deployment(random, id, 0, 0n)],
    tee_hardware: isSgx(id) ? TEE_HARDWARE_INTEL_SGX : TEE_HARDWARE_NONE,
  };
  if (random.chance(0.3)) {
    runtime.deployments!.push(deployment(random, id, 1, epoch + BigInt(random.between(1, 3))));
  }
  if (random.chance(0.3)) {
    const kinds = isKeyManager ? [KIND_NODE_KEY_MANAGER] : [KIND_NODE_COMPUTE, KIND_NODE_OBSERVER];
    runtime.staking.thresholds = new Map(random.some(kinds, 0.7).map((kind) => [kind, random.bigint(20n)]));
  }
  if (!isKeyManager) {
    fillCompute(random, runtime);
  }
  return runtime;
}

function fillCompute(random: Random, runtime: Runtime): void {
  const keyManager = isSgx(runtime.id) ? SGX_KEY_MANAGER_ID : KEY_MANAGER_ID;
  runtime.key_manager = random.chance(0.3) ? keyManager : null;
  const backup = random.int(4);
  runtime.executor = {
    group_size: random.between(1, 3),
    group_backup_size: backup,
    allowed_stragglers: backup === 0 ? 0 : random.int(2),
    round_timeout: BigInt(random.between(1, 5)),
    max_messages: random.pick([0, 1, 4]),
    min_live_rounds_percent: random.pick([0, 50, 100]),
    max_missed_proposals_percent: random.pick([0, 0, 50]),
    min_live_rounds_eval: BigInt(random.pick([0, 1, 2])),
    max_liveness_fails: random.pick([0, 1, 2]),
  };
  runtime.txn_scheduler = {
    batch_flush_timeout: SECOND,
    max_batch_size: 10n,
    max_batch_size_bytes: 10_000n,
    max_in_messages: random.pick([0, 2, 4]),
    propose_batch_timeout: 2n * SECOND,
  };
  runtime.staking.slashing = random.chance(0.7)
    ? new Map(
        [SLASH_RUNTIME_INCORRECT_RESULTS, SLASH_RUNTIME_EQUIVOCATION, SLASH_RUNTIME_LIVENESS].map(
          (reason) => [
            reason,
            {
              amount: random.pick([0n, random.bigint(40n), random.bigint(40n), 10n ** 6n]),
              freeze_interval: random.pick([0n, 1n, 2n, (1n << 64n) - 1n]),
            },
          ],
        ),
      )
    : null;
  runtime.staking.reward_equivocation = random.pick([0, 33, 100]);
  runtime.staking.reward_bad_results = random.pick([0, 40, 100]);
  runtime.staking.min_in_message_fee = random.bigint(3n);
  if (random.chance(0.4)) {
    const limit = (max: number) => (random.chance(0.3) ? { limit: random.int(max) } : null);
    const constraints = () => ({
      validator_set: random.chance(0.3) ? {} : null,
      max_nodes: limit(3),
      min_pool_size: limit(4),
    });
    runtime.constraints = new Map([
      [
        KIND_COMPUTE_EXECUTOR,
        new Map(random.some([ROLE_WORKER, ROLE_BACKUP_WORKER], 0.7).map((role) => [role, constraints()])),
      ],
    ]);
  }
}

function admission(random: Random): Runtime["admission_policy"] {
  const some = () => random.some(entities, 0.7).map(({ signer }) => signer.publicKey);
  const hex = (key: PublicKey) => Buffer.from(key).toString("hex");
  const kind = random.int(8);
  if (kind === 0) {
    const limits = () =>
      random.chance(0.5)
        ? null
        : new Map([
            [ROLE_COMPUTE_WORKER, random.between(1, 2)],
            [ROLE_KEY_MANAGER, 2],
          ]);
    const listed = new Map(some().map((key) => [hex(key), { max_nodes: limits() }]));
    return { any_node: null, entity_whitelist: { entities: listed }, per_role: null };
  }
  if (kind === 1) {
    const listed = () => new Map(some().map((key) => [hex(key), { max_nodes: random.int(3) }]));
    const perRole = random
      .some([ROLE_COMPUTE_WORKER, ROLE_OBSERVER, ROLE_KEY_MANAGER, ROLE_STORAGE_RPC], 0.5)
      .map((role) => [role, { entity_whitelist: { entities: listed() } }] as const);
    if (perRole.length > 0) {
      return { any_node: null, entity_whitelist: null, per_role: new Map(perRole) };
    }
  }
  return { any_node: {}, entity_whitelist: null, per_role: null };
}
