import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cliReferencePage } from "./reference-page.ts";

test("docs/reference/cli.md is what the commands declare", async () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/reference/cli.md"), "utf8");
  expect(page, "run: bin/run-node scripts/generate-reference.ts").toBe(await cliReferencePage());
});
