import { existsSync, readFileSync } from "node:fs";
import type { Application } from "../../src/chain/application.ts";
import { fromHex, toHex } from "../../src/codec/bytes.ts";
import { writeFileDurably } from "../../src/crypto/durable-file.ts";
import { hookedApplication } from "./engine-fixture.ts";
import { emptyDisk, KeyValueApplication, type KeyValueDisk } from "./key-value-application.ts";

/** The key/value application with its state in a file, for processes that are killed. */
export function storedApplication(path: string): { disk: KeyValueDisk; application: Application } {
  const disk = readDisk(path);
  const application = hookedApplication(
    new KeyValueApplication(disk),
    () => {},
    (method) => {
      if (method === "commit") writeDisk(path, disk);
    },
  );
  return { disk, application };
}

function readDisk(path: string): KeyValueDisk {
  if (!existsSync(path)) return emptyDisk();
  const { height, appHash, entries } = JSON.parse(readFileSync(path, "utf8"));
  return { height: BigInt(height), appHash: fromHex(appHash), entries: new Map(entries) };
}

function writeDisk(path: string, { height, appHash, entries }: KeyValueDisk): void {
  writeFileDurably(
    path,
    JSON.stringify({ height: String(height), appHash: toHex(appHash), entries: [...entries] }),
    0o600,
  );
}
