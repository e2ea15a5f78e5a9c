import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiReferencePage } from "../src/api/reference-page.ts";
import { cliReferencePage } from "../src/cli/reference-page.ts";
import { metricsReferencePage } from "../src/node/metrics/reference-page.ts";

// Writes docs/reference/api.md, cli.md and metrics.md; tests compare them with what is declared.
const folder = join(import.meta.dirname, "../docs/reference");
writeFileSync(join(folder, "api.md"), apiReferencePage());
writeFileSync(join(folder, "cli.md"), await cliReferencePage());
writeFileSync(join(folder, "metrics.md"), metricsReferencePage());
