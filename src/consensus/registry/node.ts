import { equal } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import type { Version } from "../../types/common.ts";
import type { Node, NodeRuntime } from "../../types/node.ts";
import { compareVersions } from "../../types/versions.ts";

/** Whether the node has any of the roles in the mask. */
export function hasRoles(node: Pick<Node, "roles">, mask: number): boolean {
  return (node.roles & mask) !== 0;
}

/** A node is expired from the epoch after its `expiration` on. */
export function isExpired(node: Pick<Node, "expiration">, epoch: bigint): boolean {
  return node.expiration < epoch;
}

/** Whether the node offers the ParaTime, in any version. */
export function hasRuntime(node: Readonly<Node>, id: Namespace): boolean {
  return (node.runtimes ?? []).some((runtime) => runtime !== null && equal(runtime.id, id));
}

/** What the node offers for one version of a ParaTime; null when it does not offer it. */
export function getNodeRuntime(node: Readonly<Node>, id: Namespace, version: Version): NodeRuntime | null {
  const isWanted = (runtime: NodeRuntime | null) =>
    runtime !== null && equal(runtime.id, id) && compareVersions(runtime.version, version) === 0;
  return (node.runtimes ?? []).find(isWanted) ?? null;
}
