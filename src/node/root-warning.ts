import type { Warning } from "../telemetry/waiting.ts";
import type { NodeOptions } from "./node-options.ts";

/**
 * What is said of a node that runs as root; null when it does not, or when both switches of release 26.1 allow it.
 *
 * The official node of that release refuses to start then (oasis-core v26.1 go/oasis-node/cmd/common/common.go); 21.x did
 * not, and in a container root is what most start with.
 * @param userId effective user; undefined where there is none
 * @param sinceMs when the process started, Unix milliseconds
 */
export function rootWarning(
  { dontBlameOasis, allowRoot }: Pick<NodeOptions["debug"], "dontBlameOasis" | "allowRoot">,
  userId: number | undefined,
  sinceMs: number,
): Warning | null {
  if (userId !== 0 || (dontBlameOasis && allowRoot)) return null;
  return {
    text: "the node runs as root, whom nothing on the machine stops should it be broken into",
    sinceMs,
    remedy:
      "Run it as a user of its own, it needs nothing that only root may do; or, where it is meant, set " +
      "common.debug.allow_root: true together with the flag --debug.dont_blame_oasis.",
  };
}

/** Of this process. */
export function ownRootWarning(debug: NodeOptions["debug"]): Warning | null {
  return rootWarning(debug, process.geteuid?.(), Date.now() - process.uptime() * 1000);
}
