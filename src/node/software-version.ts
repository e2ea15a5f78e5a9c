import { readFileSync } from "node:fs";
import { COMPATIBLE_SOFTWARE_VERSION } from "../types/versions.ts";

/** What this node calls itself, in status and descriptors: the official release it matches, and its own version. */
export function softwareVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return `${COMPATIBLE_SOFTWARE_VERSION}-qanat-${version}`;
}
