import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Environment } from "../environment/environment.ts";
import { openEnvironment } from "../environment/lmdb-environment.ts";
import { memoryEnvironment } from "../environment/memory-environment.ts";
import { nodeDbSuite } from "./node-db.suite.ts";

const paths = new Map<Environment, string>();
afterEach(() => {
  for (const path of paths.values()) rmSync(path, { recursive: true, force: true });
  paths.clear();
});

function openAt(path: string): Environment {
  const environment = openEnvironment(path);
  paths.set(environment, path);
  return environment;
}

nodeDbSuite("node database in memory", memoryEnvironment, async (environment) => environment, 60);

nodeDbSuite(
  "node database on disk",
  () => openAt(mkdtempSync(join(tmpdir(), "qanat-nodedb-"))),
  async (environment) => {
    const path = paths.get(environment)!;
    await environment.close();
    return openAt(path);
  },
  // Each step waits for the disk.
  12,
);
