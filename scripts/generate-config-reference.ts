import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configJsonSchema } from "../src/config/reference/json-schema.ts";
import { configReferencePage } from "../src/config/reference/reference-page.ts";

// Writes docs/reference/config.md and config.schema.json; a test compares them with what is declared.
const folder = join(import.meta.dirname, "../docs/reference");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "config.md"), configReferencePage());
writeFileSync(join(folder, "config.schema.json"), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
