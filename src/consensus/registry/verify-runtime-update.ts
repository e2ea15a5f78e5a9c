import { equal } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { registryErrors } from "../../types/errors.ts";
import type { ConsensusParameters } from "../../types/registry.ts";
import { GOVERNANCE_ENTITY, GOVERNANCE_RUNTIME, KIND_COMPUTE, type Runtime } from "../../types/runtime.ts";
import { InvariantError } from "../errors.ts";
import {
  activeDeployment,
  deploymentForVersion,
  sameDeployment,
  validateDeployments,
} from "./deployments.ts";

/**
 * Checks a new descriptor: nothing may be deployed at once, except in the genesis document.
 * @throws CodedError registry/18
 */
export function verifyRuntimeNew(
  runtime: Readonly<Runtime>,
  epoch: bigint,
  params: Readonly<ConsensusParameters>,
  isGenesis: boolean,
): void {
  if (!isGenesis && !params.debug_deploy_immediately && activeDeployment(runtime, epoch) !== null) {
    throw registryErrors.runtimeUpdateNotAllowed();
  }
}

/**
 * Checks a descriptor against the one that it replaces (consensus-a.md 3.5 update rules).
 * @throws CodedError registry/18
 */
export function verifyRuntimeUpdate(
  current: Readonly<Runtime>,
  next: Readonly<Runtime>,
  epoch: bigint,
  params: Readonly<ConsensusParameters>,
  feature261: boolean,
): void {
  if (!isIdentityKept(current, next) || !isGovernanceChangeAllowed(current, next)) {
    throw registryErrors.runtimeUpdateNotAllowed();
  }
  assertStoredDeployments(current, epoch, params, feature261);
  verifyDeploymentChanges(current, next, epoch);
}

function isIdentityKept(current: Readonly<Runtime>, next: Readonly<Runtime>): boolean {
  return (
    equal(current.id, next.id) &&
    current.kind === next.kind &&
    equal(current.genesis.state_root, next.genesis.state_root) &&
    current.genesis.round === next.genesis.round &&
    (current.key_manager === null ||
      (next.key_manager !== null && equal(current.key_manager, next.key_manager)))
  );
}

function isGovernanceChangeAllowed(current: Readonly<Runtime>, next: Readonly<Runtime>): boolean {
  if (next.governance_model === GOVERNANCE_RUNTIME && next.kind !== KIND_COMPUTE) {
    return false;
  }
  return (
    current.governance_model === next.governance_model ||
    (current.governance_model === GOVERNANCE_ENTITY && next.governance_model === GOVERNANCE_RUNTIME)
  );
}

/** A parameter change can make stored deployments invalid; the network stops at the next update of such a ParaTime. */
function assertStoredDeployments(
  current: Readonly<Runtime>,
  epoch: bigint,
  params: Readonly<ConsensusParameters>,
  feature261: boolean,
): void {
  try {
    validateDeployments(current, epoch, params, feature261);
  } catch (cause) {
    if (cause instanceof QanatError) {
      throw new InvariantError("malformed deployments in the state", {}, { cause });
    }
    throw cause;
  }
}

function verifyDeploymentChanges(current: Readonly<Runtime>, next: Readonly<Runtime>, epoch: bigint): void {
  for (const deployment of next.deployments ?? []) {
    const old = deployment === null ? null : deploymentForVersion(current, deployment.version);
    if (deployment === null || (old !== null && sameDeployment(deployment, old))) {
      continue;
    }
    // What is new or changed has to start in the future.
    if (deployment.valid_from <= epoch) {
      throw registryErrors.runtimeUpdateNotAllowed();
    }
  }
  const active = activeDeployment(current, epoch);
  const nextActive = activeDeployment(next, epoch);
  const kept =
    active === null ? nextActive === null : nextActive !== null && sameDeployment(active, nextActive);
  if (!kept) {
    throw registryErrors.runtimeUpdateNotAllowed();
  }
}
