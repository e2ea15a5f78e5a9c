import type { Node } from "../../../types/node.ts";
import {
  ROLE_COMPUTE_WORKER,
  ROLE_KEY_MANAGER,
  ROLE_OBSERVER,
  ROLE_STORAGE_RPC,
} from "../../../types/roles.ts";
import { protocolId, runtimeProtocolId, topicId } from "../protocol-names.ts";

interface RuntimeService {
  readonly name: string;
  readonly major: number;
  /** Roles of which one is enough. */
  readonly roles: number;
}

const STORAGE = ROLE_COMPUTE_WORKER | ROLE_OBSERVER | ROLE_STORAGE_RPC;

/** What registered nodes serve for each of their ParaTimes, by their roles (facts/runtime.md 4.2). */
const runtimeServices: readonly RuntimeService[] = [
  { name: "txsync", major: 2, roles: ROLE_COMPUTE_WORKER },
  { name: "diffsync", major: 1, roles: STORAGE },
  { name: "checkpointsync", major: 1, roles: STORAGE },
  { name: "storagesync", major: 2, roles: STORAGE },
  { name: "storagepub", major: 2, roles: ROLE_STORAGE_RPC },
  { name: "keymanager", major: 2, roles: ROLE_KEY_MANAGER },
];

/** Protocols and topics that a node serves by what it registered. */
export function registeredServices(
  { roles, runtimes }: Pick<Node, "roles" | "runtimes">,
  chainContext: string,
): string[] {
  const services = [protocolId(chainContext, "light", 1)];
  for (const id of (runtimes ?? []).flatMap((runtime) => runtime?.id ?? [])) {
    for (const { name, major, roles: anyOf } of runtimeServices) {
      if ((roles & anyOf) !== 0) services.push(runtimeProtocolId(chainContext, name, id, major));
    }
    if ((roles & ROLE_COMPUTE_WORKER) !== 0) {
      services.push(topicId(chainContext, "committee", id), topicId(chainContext, "tx", id));
    }
  }
  return services;
}
