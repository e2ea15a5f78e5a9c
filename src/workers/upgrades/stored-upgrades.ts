import type { Environment } from "../../storage/environment/environment.ts";
import { workerTables } from "../storage/tables.ts";
import type { UpgradeStore } from "./upgrade-entry.ts";

const key: [string] = ["pending"];

/** The upgrades in the node's database. */
export function storedUpgrades(environment: Pick<Environment, "table">): UpgradeStore {
  const table = environment.table(workerTables.upgrades);
  return {
    load: () => table.get(key) ?? [],
    save: (entries) => {
      if (entries.length > 0) table.put(key, [...entries]);
      else table.remove(key);
    },
  };
}
