import { equal } from "../../codec/bytes.ts";
import { TEE_HARDWARE_NONE } from "../../types/node.ts";
import { ROLE_COMPUTE_WORKER } from "../../types/roles.ts";
import type { Runtime } from "../../types/runtime.ts";
import { compareVersions } from "../../types/versions.ts";
import { verifyAttestation } from "../attestation.ts";
import { isTxFailure } from "../errors.ts";
import { activeDeployment } from "../registry/deployments.ts";
import { hasRoles } from "../registry/node.ts";
import { isSuspended } from "../registry/node-status.ts";
import type { Candidate, Election } from "./elect.ts";

/**
 * Whether a node can execute a ParaTime in the epoch: role, active version, not suspended, and exactly the TEE that
 * the descriptor demands, with an attestation that is valid now. consensus-b.md 3.7.
 */
export function isEligibleWorker(
  { ctx, epoch }: Election,
  candidate: Candidate,
  runtime: Readonly<Runtime>,
): boolean {
  const { node, status } = candidate;
  const deployment = activeDeployment(runtime, epoch);
  if (!hasRoles(node, ROLE_COMPUTE_WORKER) || deployment === null) {
    return false;
  }
  const offered = node.runtimes?.find(
    (entry) =>
      entry !== null &&
      equal(entry.id, runtime.id) &&
      compareVersions(entry.version, deployment.version) === 0,
  );
  if (!offered || isSuspended(status, runtime.id, epoch)) {
    return false;
  }
  const { tee } = offered.capabilities;
  if (runtime.tee_hardware === TEE_HARDWARE_NONE) {
    return tee === null;
  }
  if (tee === null || tee.hardware !== runtime.tee_hardware) {
    return false;
  }
  try {
    verifyAttestation(ctx, node.id, tee, deployment.tee);
    return true;
  } catch (error) {
    if (isTxFailure(error)) {
      return false;
    }
    throw error;
  }
}
