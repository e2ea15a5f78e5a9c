import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apiReferencePage } from "./reference-page.ts";

test("docs/reference/api.md is what the method table says", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/reference/api.md"), "utf8");
  expect(page, "run: bin/run-node scripts/generate-reference.ts").toBe(apiReferencePage());
});
