import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { classicKeys } from "../classic/classic-keys.ts";
import { configSchema } from "../schema.ts";
import { allKeys, keyText, leafKeys, schemaAt } from "../schema-walk.ts";
import { configJsonSchema } from "./json-schema.ts";
import { configReferencePage } from "./reference-page.ts";

const folder = join(import.meta.dirname, "../../../docs/reference");

describe("generated references", () => {
  it("are those in docs/reference; else run scripts/generate-config-reference.ts", () => {
    expect(readFileSync(join(folder, "config.md"), "utf8")).toBe(configReferencePage());
    expect(readFileSync(join(folder, "config.schema.json"), "utf8")).toBe(
      `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
    );
  });

  it("have every key of both forms", () => {
    const page = configReferencePage();
    const missing = [...leafKeys(configSchema)].filter(({ path }) => !page.includes(`\`${keyText(path)}\``));
    expect(missing).toEqual([]);
    expect([...classicKeys.keys()].filter((key) => !page.includes(`| \`${key}\` |`))).toEqual([]);
  });
});

describe("the schema", () => {
  it("says of every key what it is for", () => {
    const silent = [...allKeys(configSchema)].filter(({ meta }) => !meta?.description.endsWith("."));
    expect(silent.map(({ path }) => keyText(path))).toEqual([]);
  });

  it("has every key that a key of the 21.x form goes to", () => {
    const missing = [...classicKeys.values()].filter(({ to }) => {
      const path = to
        ?.replace("[]", ".0")
        .split(".")
        .map((step) => (step === "0" ? 0 : step));
      return path !== undefined && schemaAt(configSchema, path) === undefined;
    });
    expect(missing).toEqual([]);
  });
});
