import { equal } from "../../codec/bytes.ts";
import { isKeyManagerNamespace, isTestNamespace, type Namespace } from "../../codec/common-types.ts";
import type { Blacklist } from "../../crypto/blacklist.ts";
import { registryErrors } from "../../types/errors.ts";
import { TEE_HARDWARE_INTEL_SGX, TEE_HARDWARE_RESERVED } from "../../types/node.ts";
import type { ConsensusParameters } from "../../types/registry.ts";
import {
  type ExecutorParameters,
  GOVERNANCE_CONSENSUS,
  GOVERNANCE_ENTITY,
  GOVERNANCE_RUNTIME,
  KIND_COMPUTE,
  KIND_KEY_MANAGER,
  LATEST_RUNTIME_DESCRIPTOR_VERSION,
  type Runtime,
  type RuntimeStakingParameters,
  type StorageParameters,
  type TxnSchedulerParameters,
} from "../../types/runtime.ts";
import { KIND_NODE_COMPUTE, KIND_NODE_KEY_MANAGER, KIND_NODE_OBSERVER } from "../../types/staking.ts";
import { isValidAdmissionPolicy } from "./admission.ts";
import { validateDeployments } from "./deployments.ts";

const MIN_BATCH_FLUSH_TIMEOUT_NS = 50_000_000n;
const MIN_BATCH_SIZE_BYTES = 1024n;
const MIN_PROPOSE_TIMEOUT_NS = 1_000_000_000n;
const MIN_CHECKPOINT_INTERVAL = 10n;
const MIN_CHECKPOINT_CHUNK_SIZE = 1024n * 1024n;

/** What the checks of a descriptor depend on beside the descriptor. */
export interface RuntimeRules {
  readonly params: Readonly<ConsensusParameters>;
  readonly epoch: bigint;
  readonly feature261: boolean;
  readonly blacklist: Blacklist;
  /** Test networks may have storage parameters that are too small. */
  readonly dontBlameOasis: boolean;
}

/**
 * Checks a ParaTime descriptor on its own (consensus-a.md 3.5 steps 2 to 7).
 * @throws CodedError registry/1, /5 or /16
 */
export function verifyRuntime(runtime: Readonly<Runtime>, rules: RuntimeRules): void {
  const { params } = rules;
  const problem = descriptorProblem(runtime, rules);
  if (problem !== null) {
    throw registryErrors.invalidArgument().with(problem);
  }
  if (isTestNamespace(runtime.id) && !params.debug_allow_test_runtimes) {
    throw registryErrors.invalidArgument().with("test runtime not allowed");
  }
  if (!params.enable_runtime_governance_models?.get(runtime.governance_model)) {
    throw registryErrors.forbidden().with("runtime governance model is not enabled");
  }
  if (runtime.tee_hardware >= TEE_HARDWARE_RESERVED) {
    throw registryErrors.invalidArgument().with("invalid TEE hardware");
  }
  validateDeployments(runtime, rules.epoch, params, rules.feature261);
  if (runtime.governance_model === GOVERNANCE_RUNTIME && runtime.kind !== KIND_COMPUTE) {
    throw registryErrors.invalidArgument().with("runtime governance can only be used with compute runtimes");
  }
}

/**
 * Checks the key manager that a compute ParaTime names; `lookup` gives active and suspended ParaTimes.
 * @throws CodedError registry/1 or /11
 */
export function verifyKeyManager(
  runtime: Readonly<Runtime>,
  lookup: (id: Namespace) => Readonly<Runtime> | null,
): void {
  if (runtime.key_manager === null) {
    return;
  }
  const keyManager = lookup(runtime.key_manager);
  if (keyManager === null) {
    throw registryErrors.noSuchRuntime();
  }
  if (keyManager.kind !== KIND_KEY_MANAGER) {
    throw registryErrors.invalidArgument();
  }
  if (!isTestNamespace(runtime.id) && runtime.tee_hardware !== TEE_HARDWARE_INTEL_SGX) {
    throw registryErrors.invalidArgument().with("compute runtime without SGX using key manager");
  }
}

/** What is wrong with the shape of a descriptor; null when nothing is. */
function descriptorProblem(runtime: Readonly<Runtime>, rules: RuntimeRules): string | null {
  if (runtime.v !== LATEST_RUNTIME_DESCRIPTOR_VERSION) {
    return `invalid runtime descriptor version (expected: ${LATEST_RUNTIME_DESCRIPTOR_VERSION} got: ${runtime.v})`;
  }
  const problem = kindProblem(runtime, rules) ?? stakingProblem(runtime.staking, runtime.kind);
  if (problem !== null) {
    return problem;
  }
  if (!isValidAdmissionPolicy(runtime.admission_policy, rules.blacklist)) {
    return "invalid admission policy";
  }
  if (runtime.governance_model < GOVERNANCE_ENTITY || runtime.governance_model > GOVERNANCE_CONSENSUS) {
    return "unsupported governance model";
  }
  return (runtime.deployments ?? []).length === 0 ? "no deployment information specified" : null;
}

function kindProblem(runtime: Readonly<Runtime>, rules: RuntimeRules): string | null {
  switch (runtime.kind) {
    case KIND_COMPUTE:
      if (isKeyManagerNamespace(runtime.id)) {
        return "compute runtime ID has the key manager flag set";
      }
      if (runtime.key_manager !== null && equal(runtime.id, runtime.key_manager)) {
        return "compute runtime has self as key manager";
      }
      return (
        executorProblem(runtime.executor) ??
        schedulerProblem(runtime.txn_scheduler) ??
        (rules.dontBlameOasis ? null : storageProblem(runtime.storage))
      );
    case KIND_KEY_MANAGER:
      if (!isKeyManagerNamespace(runtime.id)) {
        return "key manager runtime ID does not have the key manager flag set";
      }
      if (runtime.key_manager !== null) {
        return "key manager runtime cannot itself have a key manager";
      }
      if (!isTestNamespace(runtime.id) && runtime.tee_hardware !== TEE_HARDWARE_INTEL_SGX) {
        return "non-SGX keymanager runtime";
      }
      return null;
    default:
      return `bad runtime kind: ${runtime.kind}`;
  }
}

function executorProblem(executor: Readonly<ExecutorParameters>): string | null {
  const { group_size: size, group_backup_size: backup, allowed_stragglers: stragglers } = executor;
  if (size === 0) {
    return "executor primary group too small";
  }
  if (stragglers > size || (backup > 0 && stragglers > backup)) {
    return "number of allowed stragglers too large";
  }
  if (executor.round_timeout <= 0n) {
    return "round timeout too small";
  }
  return executor.min_live_rounds_percent > 100
    ? "minimum live rounds percentage cannot be greater than 100"
    : null;
}

function schedulerProblem(scheduler: Readonly<TxnSchedulerParameters>): string | null {
  if (scheduler.batch_flush_timeout < MIN_BATCH_FLUSH_TIMEOUT_NS) {
    return "transaction scheduler batch flush timeout parameter too small";
  }
  if (scheduler.max_batch_size < 1n) {
    return "transaction scheduler max batch size parameter too small";
  }
  if (scheduler.max_batch_size_bytes < MIN_BATCH_SIZE_BYTES) {
    return "transaction scheduler max batch bytes size parameter too small";
  }
  if (scheduler.propose_batch_timeout < MIN_PROPOSE_TIMEOUT_NS) {
    return "transaction scheduler proposer timeout parameter too small";
  }
  return scheduler.batch_flush_timeout > scheduler.propose_batch_timeout
    ? "transaction scheduler batch flush timeout parameter greater than proposer timeout parameter"
    : null;
}

function storageProblem(storage: Readonly<StorageParameters>): string | null {
  if (storage.checkpoint_interval === 0n) {
    return null;
  }
  if (storage.checkpoint_interval < MIN_CHECKPOINT_INTERVAL) {
    return "storage CheckpointInterval parameter too small";
  }
  if (storage.checkpoint_num_kept === 0n) {
    return "storage CheckpointNumKept parameter too small";
  }
  return storage.checkpoint_chunk_size < MIN_CHECKPOINT_CHUNK_SIZE
    ? "storage CheckpointChunkSize parameter too small"
    : null;
}

function stakingProblem(staking: Readonly<RuntimeStakingParameters>, kind: number): string | null {
  if (staking.reward_equivocation > 100 || staking.reward_bad_results > 100) {
    return "runtime reward percentage from slashing must be <= 100";
  }
  const allowed = kind === KIND_COMPUTE ? [KIND_NODE_COMPUTE, KIND_NODE_OBSERVER] : [KIND_NODE_KEY_MANAGER];
  const isAllowed = (threshold: number) => (allowed as number[]).includes(threshold);
  return [...(staking.thresholds ?? new Map()).keys()].every(isAllowed)
    ? null
    : "unsupported staking threshold kind for runtime";
}
