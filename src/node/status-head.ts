import { networkName } from "../config/networks/known-networks.ts";
import type { NodeIdentity } from "../crypto/identity.ts";
import type { Status } from "../types/api-control.ts";
import type { NodeOptions } from "./node-options.ts";
import { softwareVersion } from "./software-version.ts";

/** What the status of a node of any mode begins with: which program it is, of which network, and its keys. */
export function statusHead(
  { mode, network, debug }: NodeOptions,
  identity: NodeIdentity,
  chainContext: string,
): Pick<Status, "software_version" | "mode" | "network" | "debug" | "identity"> {
  return {
    software_version: softwareVersion(),
    mode,
    network: networkName(chainContext, network),
    debug: debug.dontBlameOasis ? { enabled: true, allow_root: debug.allowRoot } : null,
    identity: {
      node: identity.node.publicKey,
      consensus: identity.consensus.publicKey,
      tls: identity.tls.publicKey,
    },
  };
}
