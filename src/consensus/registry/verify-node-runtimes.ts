import { toHex } from "../../codec/bytes.ts";
import { registryErrors } from "../../types/errors.ts";
import { type Node, type NodeRuntime, TEE_HARDWARE_INTEL_SGX, TEE_HARDWARE_NONE } from "../../types/node.ts";
import { ROLE_COMPUTE_WORKER, ROLE_KEY_MANAGER, ROLE_OBSERVER } from "../../types/roles.ts";
import { KIND_COMPUTE, KIND_KEY_MANAGER, type Runtime } from "../../types/runtime.ts";
import { formatVersion } from "../../types/versions.ts";
import { verifyAttestation } from "../attestation.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { deploymentForVersion } from "./deployments.ts";
import { hasRoles } from "./node.ts";
import { getAnyRuntime } from "./runtime-state.ts";

/**
 * Checks the ParaTimes that a node registers for, in list order (consensus-a.md 3.3 step 7).
 *
 * Attestations are not looked at in the genesis document: old ones could cost the chain its validators, and elections
 * verify them again.
 * @returns the distinct ParaTimes in list order
 * @throws CodedError registry/1, /8 or /11; what the verification of an attestation throws
 */
export function verifyNodeRuntimes(ctx: Context, node: Readonly<Node>): Readonly<Runtime>[] {
  const distinct = new Map<string, Readonly<Runtime>>();
  const seenVersions = new Set<string>();
  for (const offered of node.runtimes ?? []) {
    if (offered === null) {
      throw registryErrors.invalidArgument();
    }
    const id = toHex(offered.id);
    const version = `${id} ${formatVersion(offered.version)}`;
    if (seenVersions.has(version)) {
      throw registryErrors.invalidArgument().with("duplicate version for runtime");
    }
    seenVersions.add(version);
    const registered = getAnyRuntime(ctx.state, offered.id);
    if (registered === null) {
      throw registryErrors.noSuchRuntime();
    }
    if (!ctx.isInitChain) {
      verifyTee(ctx, node, offered, registered);
    }
    if (registered.kind === KIND_KEY_MANAGER && !hasRoles(node, ROLE_KEY_MANAGER)) {
      throw registryErrors.invalidArgument().with("key manager runtime not allowed");
    }
    if (registered.kind === KIND_COMPUTE && !hasRoles(node, ROLE_COMPUTE_WORKER | ROLE_OBSERVER)) {
      throw registryErrors.invalidArgument().with("compute runtime not allowed");
    }
    distinct.set(id, registered);
  }
  return [...distinct.values()];
}

function verifyTee(
  ctx: Context,
  node: Readonly<Node>,
  offered: Readonly<NodeRuntime>,
  registered: Readonly<Runtime>,
): void {
  const capability = offered.capabilities.tee;
  if ((capability?.hardware ?? TEE_HARDWARE_NONE) !== registered.tee_hardware) {
    throw registryErrors.teeHardwareMismatch();
  }
  if (capability === null) {
    return;
  }
  const deployment = deploymentForVersion(registered, offered.version);
  if (deployment === null) {
    throw registryErrors.invalidArgument().with("node running unknown runtime enclave version");
  }
  if (capability.hardware !== TEE_HARDWARE_INTEL_SGX) {
    throw new TxError("invalid TEE implementation");
  }
  verifyAttestation(ctx, node.id, capability, deployment.tee);
}
