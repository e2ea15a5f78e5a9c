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
  if (node.isReady()) return { status: 200, body: "ok\n" };
  const blockers = node.blockers();
  return { status: 503, body: `${(blockers.length === 0 ? ["not ready"] : blockers).join("\n")}\n` };
}
