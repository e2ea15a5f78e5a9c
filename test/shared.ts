import { existsSync } from "node:fs";
import { resolve } from "node:path";

const root = process.env.QANAT_SHARED ?? resolve(import.meta.dirname, "../../shared");

/**
 * Path of a file of the shared reference material: recorded chains, vectors, samples.
 *
 * The folder is found beside the checkout or through `QANAT_SHARED`.
 * @throws when the file is not there: a test that needs it must fail, not pass without having looked.
 */
export function sharedPath(...parts: string[]): string {
  const path = resolve(root, ...parts);
  if (!existsSync(path)) {
    throw new Error(
      `${path} is missing: put the shared reference material beside the checkout or set QANAT_SHARED`,
    );
  }
  return path;
}
