import { isValidUpgrade } from "../consensus/governance/validate-content.ts";
import { Descriptor } from "../types/upgrade.ts";
import { CommandError } from "./errors.ts";
import { readJsonFile } from "./files.ts";

/** Upgrade descriptor of a JSON file. @throws CommandError that names the file when no network would take it */
export async function readUpgradeDescriptor(path: string): Promise<Descriptor> {
  const descriptor = await readJsonFile(Descriptor, path, "upgrade descriptor");
  if (isValidUpgrade(descriptor)) return descriptor;
  throw new CommandError(
    `upgrade descriptor ${path} is not valid: it needs version 1 ("v"), a handler of 3 to 32 bytes, all three target ` +
      "versions and an epoch",
  );
}
