import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Set-up of the whole test run: one folder for everything that tests write, removed at the end, whatever became of the
 * tests. Its path is short, because Unix sockets lie in it (108 bytes, `unix(7)`).
 */
export default function temporaryFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "qanat-"));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
