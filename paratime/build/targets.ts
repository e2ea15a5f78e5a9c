import { join } from "node:path";
import type { ExecutableOptions } from "./build-executable.ts";

const root = join(import.meta.dirname, "..", "..");

/** The demo ParaTime, as the local network runs it. */
export const demoParaTime: ExecutableOptions = {
  entry: join(root, "paratime", "keyvalue", "main.ts"),
  output: join(root, "build", "keyvalue"),
};

/** The key/value ParaTime with mistakes, for tests of whole nodes. */
export const fragileParaTime: ExecutableOptions = {
  entry: join(root, "paratime", "testing", "fragile.ts"),
  output: join(root, "build", "fragile"),
};

/** The ParaTime that misbehaves, for tests of the host. */
export const hostileParaTime: ExecutableOptions = {
  entry: join(root, "paratime", "testing", "hostile.ts"),
  output: join(root, "build", "hostile"),
};

/** The key/value ParaTime as version 1.0.0, for tests of deployments. */
export const secondVersion: ExecutableOptions = {
  entry: join(root, "paratime", "testing", "second-version.ts"),
  output: join(root, "build", "second-version"),
};
