import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system in memory, on most systems. */
const MEMORY = "/dev/shm";

/**
 * Set-up of the whole test run: one folder for everything that tests write, removed at the end, whatever became of the
 * tests. Its path is short, because Unix sockets lie in it (108 bytes, `unix(7)`).
 *
 * A second one is in memory where that is possible, for small files whose writers wait for the disk: see
 * {@link memoryFolder}.
 */
export default function temporaryFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "qanat-"));
  process.env.TMPDIR = folder;
  const inMemory = folderInMemory() ?? folder;
  process.env.QANAT_TEST_MEMORY = inMemory;
  return () => {
    for (const one of new Set([folder, inMemory])) {
      rmSync(one, { recursive: true, force: true, maxRetries: 3 });
    }
  };
}

/** Where tests put files of simulated nodes: what is not killed needs no disk. */
export function memoryFolder(): string {
  return process.env.QANAT_TEST_MEMORY ?? tmpdir();
}

function folderInMemory(): string | null {
  try {
    return mkdtempSync(join(MEMORY, "qanat-"));
  } catch {
    return null;
  }
}
