import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { equal, toHex } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { availableComponents, elfExecutable } from "./manifest.ts";
import type { Bundle } from "./read-bundle.ts";

/** Where a data directory keeps the unpacked files of a bundle. */
export function explodedPath(dataDir: string, bundle: Bundle): string {
  return join(dataDir, "runtimes", "bundles", toHex(bundle.hash));
}

/**
 * Unpacks a bundle into the data directory: directories with mode 0700, files 0600, executables 0700. Files that are
 * there already are compared, not written again.
 *
 * @returns the directory
 * @throws QanatError `runtime/corrupted-asset` when a file that is there has another content
 */
export function explodeBundle(dataDir: string, bundle: Bundle): string {
  const directory = explodedPath(dataDir, bundle);
  for (const [name, content] of bundle.files) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (!existsSync(path)) writeWhole(path, content);
    else if (!equal(sha512_256(readFileSync(path)), sha512_256(content)))
      throw new QanatError(
        "runtime/corrupted-asset",
        `${path} has changed since it was unpacked; remove ${directory} to have it unpacked again`,
        { path },
      );
  }
  for (const component of availableComponents(bundle.manifest)) {
    const executable = elfExecutable(component);
    if (executable !== "") chmodSync(join(directory, executable), 0o700);
  }
  return directory;
}

/** A file is there whole or not at all, also after a crash. */
function writeWhole(path: string, content: Uint8Array): void {
  const temporary = `${path}.partial`;
  const descriptor = openSync(temporary, "w", 0o600);
  try {
    for (let at = 0; at < content.length; ) at += writeSync(descriptor, content, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, path);
}
