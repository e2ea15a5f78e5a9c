import { existsSync } from "node:fs";
import { QanatError } from "../codec/errors.ts";
import type { Config } from "../config/schema.ts";
import { hostedRuntimes } from "../node/options-from-config.ts";
import { type NodeStore, openNodeStore, storePath } from "../node/storage/node-store.ts";
import { CommandError } from "./errors.ts";

/**
 * Opens what the node of a configuration keeps, gives it to `use` and closes it again.
 * @param ifRunning what to say when the node runs; null: it is only read, and the node may run
 * @throws CommandError when there is no database yet, or the node runs
 */
export async function withNodeStore<T>(
  { common, runtime }: Config,
  ifRunning: string | null,
  use: (store: NodeStore) => Promise<T>,
): Promise<T> {
  requireStore(common.data_dir);
  const runtimeIds = hostedRuntimes(runtime).map(({ runtimeId }) => runtimeId);
  const store = await refuseWhenLocked(ifRunning, () =>
    openNodeStore(common.data_dir, runtimeIds, { readonly: ifRunning === null }),
  );
  try {
    return await use(store);
  } finally {
    await store.environment.close();
  }
}

/** @throws CommandError when a data directory holds no database */
export function requireStore(dataDir: string): void {
  if (!existsSync(storePath(dataDir))) throw new CommandError(`${dataDir} holds no node's database`);
}

/** Says in a command's own words that the node runs. */
export async function refuseWhenLocked<T>(text: string | null, open: () => T | Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (text !== null && error instanceof QanatError && error.code === "storage/locked") {
      throw new CommandError(text);
    }
    throw error;
  }
}
