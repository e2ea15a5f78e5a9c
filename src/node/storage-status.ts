import { statfsSync } from "node:fs";
import type { RecurringWork } from "../storage/background/recurring-work.ts";
import type { Environment } from "../storage/environment/environment.ts";
import type { Warning } from "../telemetry/waiting.ts";
import type { StorageStatus } from "../types/api-control.ts";

/** How much room the node's database takes and has. */
export function storageStatus(environment: Environment, dataDir: string): StorageStatus {
  const { bavail, bsize } = statfsSync(dataDir, { bigint: true });
  return {
    used_bytes: BigInt(environment.size()),
    file_bytes: BigInt(environment.fileSize()),
    disk_free_bytes: bavail * bsize,
  };
}

/** What of the work beside everything else does not get done. */
export function storageWarnings(background: readonly RecurringWork[]): Warning[] {
  return background.flatMap(({ name, failure }) => {
    if (failure === null) return [];
    const remedy = "Make room on the disk, or see the log; it is tried again by itself.";
    return [{ text: `${name} fails: ${failure.text}`, sinceMs: failure.sinceMs, remedy }];
  });
}
