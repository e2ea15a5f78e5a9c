import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Hash, Namespace } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import type { Version } from "../../types/common.ts";
import { formatComponentId, parseComponentId } from "./component-id.ts";
import { explodeBundle } from "./explode-bundle.ts";
import { availableComponents, componentId, elfExecutable } from "./manifest.ts";
import { type Bundle, isBundleFile, readBundle } from "./read-bundle.ts";

/** A component that can be run: where its executable is and what is known of its version. */
export interface LoadedComponent {
  readonly runtimeId: Namespace;
  /** `ronl` or `rofl.<name>`. */
  readonly component: string;
  /** Path of the ELF executable. */
  readonly executable: string;
  /**
   * The version that the bundle declares and the process must report. `null` for a plain executable, which carries
   * none: compare what it reports with the deployment in the registry (`expectedVersion` of the host).
   */
  readonly version: Version | null;
  /** Hash of the bundle's manifest, `null` for a plain executable. */
  readonly manifestHash: Hash | null;
}

export interface LoadComponentOptions {
  /** The executable or bundle, as configured under `runtime.paths`. */
  path: string;
  runtimeId: Namespace;
  dataDir: string;
  /** Default `ronl`. */
  component?: string;
}

/**
 * Makes what is configured under `runtime.paths` runnable: a plain ELF executable stays where it is, a bundle is
 * checked and unpacked into the data directory.
 *
 * Whether a plain executable is there and can be run is looked at by the host, at each start anew: an operator may put
 * it right while the node runs.
 * @throws QanatError `runtime/bad-bundle`, `runtime/corrupted-asset`; the system's error when the file cannot be read
 */
export function loadComponent(options: LoadComponentOptions): LoadedComponent {
  const { path, runtimeId, component = "ronl" } = options;
  if (!isFile(path) || !isBundleFile(path)) {
    return { runtimeId, component, executable: resolve(path), version: null, manifestHash: null };
  }
  return loadBundle(readBundle(path, { runtimeId }), options);
}

/** As {@link loadComponent}, for a bundle that was read already; the path is for messages. */
export function loadBundle(bundle: Bundle, options: LoadComponentOptions): LoadedComponent {
  const { path, runtimeId, dataDir, component = "ronl" } = options;
  const wanted = formatComponentId(parseComponentId(component));
  const found = availableComponents(bundle.manifest).find(
    (candidate) => formatComponentId(componentId(candidate)) === wanted,
  );
  if (found === undefined)
    throw new QanatError("runtime/bad-bundle", `bundle ${path} has no component ${wanted}`, { path });
  const executable = elfExecutable(found);
  if (executable === "")
    throw new QanatError(
      "runtime/bad-bundle",
      `component ${wanted} of bundle ${path} has no ELF executable`,
      { path },
    );
  const directory = explodeBundle(dataDir, bundle);
  return {
    runtimeId,
    component: wanted,
    executable: join(directory, executable),
    version: found.version,
    manifestHash: bundle.hash,
  };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
