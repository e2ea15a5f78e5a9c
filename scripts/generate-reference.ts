import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiReferencePage } from "../src/api/reference-page.ts";
import { cliReferencePage } from "../src/cli/reference-page.ts";

// Writes docs/reference/api.md and cli.md; tests compare them with what is declared.
const folder = join(import.meta.dirname, "../docs/reference");
writeFileSync(join(folder, "api.md"), apiReferencePage());
writeFileSync(join(folder, "cli.md"), await cliReferencePage());
