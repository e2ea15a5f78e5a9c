import { controlErrors } from "../types/errors.ts";
import type { NodeBackend } from "./backend.ts";

/** A plain HTTP answer. */
export interface PlainResponse {
  readonly status: number;
  readonly body: string;
}

/**
 * Probes for service managers and load balancers. `/livez`: the process answers. `/readyz`: the node is in sync and
 * its roles work; otherwise 503 and what it waits for, a line each.
 */
export function healthResponse(path: string, node: NodeBackend): PlainResponse | null {
  if (path === "/livez") return { status: 200, body: "ok\n" };
  if (path !== "/readyz") return null;
  if (isReady(node)) return { status: 200, body: "ok\n" };
  const blockers = node.blockers();
  return { status: 503, body: `${(blockers.length === 0 ? ["not ready"] : blockers).join("\n")}\n` };
}

/** A node that is never in sync with anything, a seed, is ready as soon as it lives. */
function isReady(node: NodeBackend): boolean {
  try {
    return node.isReady();
  } catch (error) {
    if (controlErrors.notImplemented.matches(error)) return true;
    throw error;
  }
}
