import { createLogging } from "../telemetry/logger.ts";
import { type ExitReason, loadGenesis, Node } from "./node.ts";
import type { NodeOptions } from "./node-options.ts";

/**
 * Runs a node until it is asked to end, cannot go on, or `signal` aborts; then everything is stopped.
 * @param started called when all parts run
 * @throws when the node cannot be built or started
 */
export async function runNode(
  options: NodeOptions,
  signal: AbortSignal,
  started?: (node: Node) => void | Promise<void>,
): Promise<ExitReason> {
  const logging = createLogging(options.logging);
  const node = new Node(options, { genesis: await loadGenesis(options), logging });
  const exited = node.exited();
  const aborted = new Promise<ExitReason>((resolve) => {
    if (signal.aborted) resolve({ kind: "requested" });
    signal.addEventListener("abort", () => resolve({ kind: "requested" }), { once: true });
  });
  await node.start();
  try {
    await Promise.race([started?.(node), exited, aborted]);
    return await Promise.race([exited, aborted]);
  } finally {
    await node.stop();
  }
}
