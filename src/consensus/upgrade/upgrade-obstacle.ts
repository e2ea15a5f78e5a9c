import type { Descriptor } from "../../types/upgrade.ts";
import { CONSENSUS_PROTOCOL, formatVersion } from "../../types/versions.ts";
import { upgradeHandlers } from "./handlers.ts";

/** Why this version cannot carry out an upgrade, for people; null when it can. oasis-core v26.1 go/upgrade. */
export function upgradeObstacle({ handler, target }: Pick<Descriptor, "handler" | "target">): string | null {
  const { consensus_protocol: wanted } = target;
  if (wanted.major !== CONSENSUS_PROTOCOL.major) {
    return `the binary's consensus version is not compatible: own ${formatVersion(CONSENSUS_PROTOCOL)}, required ${formatVersion(wanted)}`;
  }
  return upgradeHandlers.has(handler) ? null : `the binary has no migration handler "${handler}"`;
}
