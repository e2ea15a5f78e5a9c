import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { writeFileDurably } from "../../crypto/durable-file.ts";
import { makeFolder } from "../../crypto/make-folder.ts";
import { type LoadedComponent, loadBundle, loadComponent } from "./load-component.ts";
import type { Bundle } from "./read-bundle.ts";

/** Bundles that are kept for one ParaTime beside the configured one: those after the deployed version. */
export const MAX_ADDED_BUNDLES = 16;

export interface AddedBundlesOptions {
  readonly dataDir: string;
  readonly runtimeId: Namespace;
}

/**
 * Unpacks a bundle, and keeps a copy of its file in the data directory, where the next start finds it again.
 * @throws QanatError `runtime/bad-bundle`; the system's error when the file cannot be read or written
 */
export function keepBundle(path: string, bundle: Bundle, options: AddedBundlesOptions): LoadedComponent {
  const { dataDir, runtimeId } = options;
  const folder = folderOf(dataDir, runtimeId);
  const name = `${toHex(bundle.hash)}.orc`;
  const names = bundleNames(folder);
  if (names.length >= MAX_ADDED_BUNDLES && !names.includes(name)) {
    throw new QanatError(
      "runtime/bad-bundle",
      `${names.length} bundles of this ParaTime are kept already: remove those that are not needed from ${folder} and restart the node`,
    );
  }
  // A bundle that cannot be used is not kept.
  const component = loadBundle(bundle, { path, runtimeId, dataDir });
  makeFolder(folder);
  writeFileDurably(join(folder, name), readFileSync(path), 0o600);
  return component;
}

/** The bundles that were added earlier, with those that cannot be used any more left out and reported. */
export function keptBundles(
  { dataDir, runtimeId }: AddedBundlesOptions,
  onUnusable: (path: string, error: unknown) => void,
): LoadedComponent[] {
  const folder = folderOf(dataDir, runtimeId);
  return bundleNames(folder).flatMap((name) => {
    const path = join(folder, name);
    try {
      return [loadComponent({ path, runtimeId, dataDir })];
    } catch (error) {
      onUnusable(path, error);
      return [];
    }
  });
}

/** Deletes the copy of an added bundle; what was unpacked of it stays. */
export function forgetBundle(
  { dataDir, runtimeId }: AddedBundlesOptions,
  { manifestHash }: LoadedComponent,
): void {
  if (manifestHash === null) return;
  rmSync(join(folderOf(dataDir, runtimeId), `${toHex(manifestHash)}.orc`), { force: true });
}

function bundleNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".orc"))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function folderOf(dataDir: string, runtimeId: Namespace): string {
  return join(dataDir, "runtimes", "added", toHex(runtimeId));
}
