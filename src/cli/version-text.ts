import { createRequire } from "node:module";
import {
  COMPATIBLE_SOFTWARE_VERSION,
  CONSENSUS_PROTOCOL,
  formatVersion,
  RUNTIME_COMMITTEE_PROTOCOL,
  RUNTIME_HOST_PROTOCOL,
} from "../types/versions.ts";

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

/** Output of `--version`, in the lines of the official command. */
export function versionText(): string {
  return [
    `Software version: ${version} (qanat, with the behaviour of oasis-node ${COMPATIBLE_SOFTWARE_VERSION})`,
    "Consensus:",
    `  Consensus protocol version: ${formatVersion(CONSENSUS_PROTOCOL)}`,
    "Runtime:",
    `  Host protocol version:      ${formatVersion(RUNTIME_HOST_PROTOCOL)}`,
    `  Committee protocol version: ${formatVersion(RUNTIME_COMMITTEE_PROTOCOL)}`,
    `Node.js version: ${process.version}`,
  ].join("\n");
}
