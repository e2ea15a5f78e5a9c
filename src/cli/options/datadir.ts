import { loadIdentity, type NodeIdentity } from "../../crypto/identity.ts";
import type { OptionSpec } from "../command.ts";
import { UsageError } from "../errors.ts";
import type { Given } from "../given.ts";

export const datadirOptions: readonly OptionSpec[] = [
  { name: "datadir", value: "DIR", summary: "data directory of the node" },
];

/** @throws UsageError when none was given */
export function datadirInput(given: Given): string {
  const dir = given.text("datadir");
  if (dir === "") throw new UsageError("data directory must be set: --datadir DIR");
  return dir;
}

/** Keys of the node with that data directory. @throws KeyFileError */
export function identityIn(dataDir: string): NodeIdentity {
  return loadIdentity({ dataDir, now: new Date() });
}
