import { QanatError } from "../codec/errors.ts";
import type { ConfigForm } from "../config/detect-form.ts";
import type { NodeOptions } from "./node-options.ts";

/**
 * A node with a configuration of the 26.1 form does not run as root, unless both switches of that release allow it
 * (oasis-core v26.1 go/oasis-node/cmd/common/common.go). Releases 21.x ran as whoever started them, and so do their
 * configurations (facts/classic-config.md).
 * @param userId effective user
 * @returns whether it runs as root
 * @throws QanatError `node/root`
 */
export function requireUser(
  { dontBlameOasis, allowRoot }: NodeOptions["debug"],
  form: ConfigForm,
  userId: number | undefined,
): boolean {
  if (userId !== 0) return false;
  if (form === "classic" || (dontBlameOasis && allowRoot)) return true;
  throw new QanatError(
    "node/root",
    "running with elevated privileges not allowed: start the node as a user of its own, as it needs nothing that only root " +
      "may do. For a test there are common.debug.allow_root: true and the flag --debug.dont_blame_oasis together",
  );
}
