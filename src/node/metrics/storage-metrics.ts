import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { MetricRegistry } from "../../telemetry/metrics/metric-registry.ts";
import type { StorageStatus } from "../../types/api-control.ts";

export type StorageMetrics = ReturnType<typeof storageMetrics>;

/** Room that the node takes and has on its disk. */
export function storageMetrics(registry: MetricRegistry) {
  const used = registry.gauge({
    name: "oasis_storage_used_bytes",
    help: "Bytes of the database that hold data; space that pruning left free is not counted.",
  });
  const file = registry.gauge({
    name: "oasis_storage_file_bytes",
    help: "Size of the database on disk, with the space inside that is free for new data.",
  });
  const free = registry.gauge({
    name: "oasis_storage_disk_free_bytes",
    help: "Space left on the disk of the data directory.",
  });
  const directory = registry.gauge({
    name: "oasis_node_disk_usage_bytes",
    help: "Size of the data directory on disk.",
    knownFrom: "oasis-node",
  });
  return {
    show: ({ used_bytes, file_bytes, disk_free_bytes }: StorageStatus, directoryBytes: number) => {
      used.set(Number(used_bytes));
      file.set(Number(file_bytes));
      free.set(Number(disk_free_bytes));
      directory.set(directoryBytes);
    },
  };
}

const bytesPerBlock = 512;

/** What the files under a directory take on disk, in bytes. What vanishes meanwhile is not counted. */
export async function directoryBytes(path: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const found = await lstat(join(entry.parentPath, entry.name)).catch(() => null);
    total += (found?.blocks ?? 0) * bytesPerBlock;
  }
  return total;
}
