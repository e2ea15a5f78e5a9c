import { equal, toHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import { registryErrors } from "../../types/errors.ts";
import type { Capabilities, Node } from "../../types/node.ts";
import type { Runtime } from "../../types/runtime.ts";
import { compareVersions } from "../../types/versions.ts";
import { activeDeployment, deploymentForVersion } from "./deployments.ts";
import { getNodeRuntime, hasRoles, hasRuntime, isExpired } from "./node.ts";

/**
 * Checks a node descriptor against the one that it replaces, expired or not (consensus-a.md 3.3 step 17).
 * `lookup` gives active and suspended ParaTimes.
 * @throws CodedError registry/17
 */
export function verifyNodeUpdate(
  current: Readonly<Node>,
  next: Readonly<Node>,
  epoch: bigint,
  lookup: (id: Namespace) => Readonly<Runtime> | null,
): void {
  const sameIdentity =
    equal(current.id, next.id) &&
    equal(current.entity_id, next.entity_id) &&
    equal(current.consensus.id, next.consensus.id);
  if (!sameIdentity) {
    throw registryErrors.nodeUpdateNotAllowed();
  }
  if (isExpired(current, epoch)) {
    return;
  }
  // Any common role is enough, so dropping some of several roles passes.
  if (!areRuntimesKept(current, next, epoch, lookup) || !hasRoles(next, current.roles)) {
    throw registryErrors.nodeUpdateNotAllowed();
  }
}

function areRuntimesKept(
  current: Readonly<Node>,
  next: Readonly<Node>,
  epoch: bigint,
  lookup: (id: Namespace) => Readonly<Runtime> | null,
): boolean {
  const known = new Map<string, Readonly<Runtime> | null>();
  for (const offered of current.runtimes ?? []) {
    if (offered === null || !hasRuntime(next, offered.id)) {
      return false;
    }
    const key = toHex(offered.id);
    if (!known.has(key)) {
      known.set(key, lookup(offered.id));
    }
    const registered = known.get(key) ?? null;
    if (registered === null) {
      return false;
    }
    const kept = getNodeRuntime(next, offered.id, offered.version);
    if (kept !== null) {
      if (!isSameHardware(offered.capabilities, kept.capabilities)) {
        return false;
      }
      continue;
    }
    // A version may be dropped when it is not needed any more: nothing is deployed, it is older than what is active,
    // or it is not deployed.
    const active = activeDeployment(registered, epoch);
    const needed =
      active !== null &&
      compareVersions(offered.version, active.version) >= 0 &&
      deploymentForVersion(registered, offered.version) !== null;
    if (needed) {
      return false;
    }
  }
  return true;
}

function isSameHardware(current: Readonly<Capabilities>, next: Readonly<Capabilities>): boolean {
  return current.tee === null || next.tee === null
    ? current.tee === next.tee
    : current.tee.hardware === next.tee.hardware;
}
