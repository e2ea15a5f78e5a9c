import { equal } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { decode } from "../../codec/schema.ts";
import type { Version } from "../../types/common.ts";
import { registryErrors } from "../../types/errors.ts";
import { TEE_HARDWARE_INTEL_SGX, TEE_HARDWARE_NONE } from "../../types/node.ts";
import type { ConsensusParameters } from "../../types/registry.ts";
import type { Runtime, VersionInfo } from "../../types/runtime.ts";
import { SGXConstraints } from "../../types/sgx-attestation.ts";
import { compareVersions } from "../../types/versions.ts";
import { isValidSgxConstraints } from "./sgx-constraints.ts";

/** Deployments that every network allows, whatever its parameters say. */
const MIN_ALLOWED_DEPLOYMENTS = 2;
const CHECKSUM_LENGTH = 32;

/** The parts of a descriptor that the functions here look at. */
export type Deployed = Readonly<Pick<Runtime, "deployments">>;

/** The deployment in force: the one that became valid last. Null when none is valid yet. */
export function activeDeployment(runtime: Deployed, epoch: bigint): VersionInfo | null {
  let active: VersionInfo | null = null;
  for (const deployment of runtime.deployments ?? []) {
    if (deployment === null || deployment.valid_from > epoch) {
      continue;
    }
    if (active === null || active.valid_from < deployment.valid_from) {
      active = deployment;
    }
  }
  return active;
}

/** The deployment that becomes active next; null when none is scheduled. */
export function nextDeployment(runtime: Deployed, epoch: bigint): VersionInfo | null {
  let next: VersionInfo | null = null;
  for (const deployment of runtime.deployments ?? []) {
    if (deployment === null || deployment.valid_from <= epoch) {
      continue;
    }
    if (next === null || next.valid_from >= deployment.valid_from) {
      next = deployment;
    }
  }
  return next;
}

/** The deployment of a version; null when the version is not deployed. */
export function deploymentForVersion(runtime: Deployed, version: Version): VersionInfo | null {
  const isWanted = (d: VersionInfo | null) => d !== null && compareVersions(d.version, version) === 0;
  return (runtime.deployments ?? []).find(isWanted) ?? null;
}

/** Whether two deployments are the same; absent and empty bytes count as equal. */
export function sameDeployment(a: Readonly<VersionInfo>, b: Readonly<VersionInfo>): boolean {
  return (
    compareVersions(a.version, b.version) === 0 &&
    a.valid_from === b.valid_from &&
    sameBytes(a.tee, b.tee) &&
    sameBytes(a.bundle_checksum, b.bundle_checksum)
  );
}

/**
 * Checks the deployments of a descriptor at an epoch (consensus-a.md 3.6).
 * @throws CodedError registry/1, or registry/5 when a TEE deployment names no enclave
 */
export function validateDeployments(
  runtime: Readonly<Pick<Runtime, "deployments" | "tee_hardware">>,
  epoch: bigint,
  params: Readonly<Pick<ConsensusParameters, "max_runtime_deployments" | "tee_features">>,
  feature261: boolean,
): void {
  const deployments = presentDeployments(runtime, params);
  const byVersion = [...deployments].sort((a, b) => compareVersions(a.version, b.version));
  let future = 0;
  for (const [i, deployment] of byVersion.entries()) {
    const previous = byVersion[i - 1];
    if (previous !== undefined && compareVersions(previous.version, deployment.version) === 0) {
      throw invalid("duplicate version");
    }
    if (previous !== undefined && previous.valid_from >= deployment.valid_from) {
      throw invalid("versions must increase over time");
    }
    if (deployment.valid_from > epoch) {
      future++;
    }
    validateTee(runtime.tee_hardware, deployment, params, feature261);
    const checksumLength = deployment.bundle_checksum?.length ?? 0;
    if (checksumLength !== 0 && checksumLength !== CHECKSUM_LENGTH) {
      throw invalid("invalid bundle checksum");
    }
  }
  if (future > 1) {
    throw invalid("more than one future deployment");
  }
}

function presentDeployments(
  runtime: Deployed,
  params: Readonly<Pick<ConsensusParameters, "max_runtime_deployments">>,
): VersionInfo[] {
  const deployments = runtime.deployments ?? [];
  if (deployments.length === 0) {
    throw invalid("no deployments");
  }
  if (deployments.length > Math.max(MIN_ALLOWED_DEPLOYMENTS, params.max_runtime_deployments)) {
    throw invalid("too many deployments");
  }
  return deployments.map((deployment) => {
    if (deployment === null) {
      throw invalid("nil deployment");
    }
    return deployment;
  });
}

function validateTee(
  hardware: number,
  deployment: VersionInfo,
  params: Readonly<Pick<ConsensusParameters, "tee_features">>,
  feature261: boolean,
): void {
  if (hardware === TEE_HARDWARE_NONE) {
    if (deployment.tee !== null) {
      throw invalid("TEE constraints when no TEE specified");
    }
    return;
  }
  if (hardware !== TEE_HARDWARE_INTEL_SGX) {
    throw invalid("invalid TEE hardware");
  }
  const constraints = decodeConstraints(deployment.tee);
  if (!isValidSgxConstraints(constraints, params.tee_features, feature261)) {
    throw invalid("invalid SGX TEE constraints");
  }
  if ((constraints.enclaves ?? []).length === 0) {
    throw registryErrors.noEnclaveForRuntime().with("invalid SGX TEE constraints");
  }
}

function decodeConstraints(bytes: Uint8Array | null): SGXConstraints {
  try {
    return decode(SGXConstraints, bytes);
  } catch (error) {
    if (error instanceof QanatError) {
      throw invalid("invalid SGX TEE constraints");
    }
    throw error;
  }
}

function invalid(reason: string): Error {
  return registryErrors.invalidArgument().with(reason);
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return equal(a ?? new Uint8Array(0), b ?? new Uint8Array(0));
}
