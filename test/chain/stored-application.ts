import type { Application } from "../../src/chain/application.ts";
import { fromHex, fromUtf8, toHex, utf8 } from "../../src/codec/bytes.ts";
import type { Environment } from "../../src/storage/environment/environment.ts";
import { bytesValue, defineTable, uint } from "../../src/storage/environment/table.ts";
import { hookedApplication } from "./engine-fixture.ts";
import { emptyDisk, KeyValueApplication, type KeyValueDisk } from "./key-value-application.ts";

const stateTable = defineTable({
  name: "test_application",
  key: [uint("number", 1)],
  value: bytesValue,
  meaning: "State of the key/value application.",
});

/** The key/value application with its state beside the blocks, as the node has it, for processes that are killed. */
export function storedApplication(environment: Environment): {
  disk: KeyValueDisk;
  application: Application;
} {
  const table = environment.table(stateTable);
  const disk = decodeDisk(table.get([0]));
  const application = hookedApplication(
    new KeyValueApplication(disk),
    () => {},
    (method) => {
      if (method === "commit") table.put([0], encodeDisk(disk));
    },
  );
  return { disk, application };
}

function decodeDisk(bytes: Uint8Array | null): KeyValueDisk {
  if (bytes === null) return emptyDisk();
  const { height, appHash, entries } = JSON.parse(fromUtf8(bytes));
  return { height: BigInt(height), appHash: fromHex(appHash), entries: new Map(entries) };
}

function encodeDisk({ height, appHash, entries }: KeyValueDisk): Uint8Array {
  return utf8(JSON.stringify({ height: String(height), appHash: toHex(appHash), entries: [...entries] }));
}
