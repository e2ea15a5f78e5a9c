import { z } from "zod";
import { type ClassicKey, classicKeys } from "../classic/classic-keys.ts";
import { type KeyMeta, noEffectText } from "../keys.ts";
import { configSchema } from "../schema.ts";
import { childKeys, keyText, leafKeys, type SchemaKey, unwrap } from "../schema-walk.ts";

/** The reference page of the configuration, in Markdown: every key of both forms. */
export function configReferencePage(): string {
  const sections = [...childKeys(configSchema, [])];
  return [
    INTRODUCTION,
    ...sections.map((section) => sectionText(section)),
    "## Keys of the 21.x form\n",
    "Nested and dotted keys mean the same, and letter case does not count. Unknown keys are accepted with a warning.\n",
    table(["21.x key", "26.1 key"], [...classicKeys].map(classicRow)),
  ].join("\n");
}

const INTRODUCTION = `# Configuration

<!-- Generated from src/config by scripts/generate-config-reference.ts. -->

The node reads one YAML or JSON file, \`oasis-node --config FILE\`, in the form of the official releases since 23.0 (the
tables below) or in the form of the 21.x releases (the last table). A file of the first form is checked strictly: an
unknown key is an error. It may refer to environment variables, \`\${NAME}\` or \`\${NAME:-default}\`.

Durations are written as \`30s\`, \`2m0s\`, \`24h\`; sizes as \`512kb\`, \`64mb\`. Relative paths start from the working
directory. Keys marked ◦ are read and checked, but nothing depends on them in this release. Keys marked + are ours: the
official node does not know them.

The same declarations give the JSON Schema [config.schema.json](config.schema.json), for editors.
`;

function sectionText(section: SchemaKey): string {
  const name = keyText(section.path);
  const leaves = [...leafKeys(section.schema, section.path)];
  const rows = (leaves.length > 0 ? leaves : [section]).map(keyRow);
  return `## ${name}\n\n${section.meta.description}\n\n${table(["Key", "Type", "Default", ""], rows)}`;
}

function keyRow({ path, schema, meta }: SchemaKey): string[] {
  const noEffect = noEffectText(meta);
  const marks = `${meta.addition ? " +" : ""}${noEffect === null ? "" : " ◦"}`;
  const notes = [
    meta.description,
    meta.deprecated === undefined ? "" : `Deprecated, use \`${meta.deprecated}\`.`,
    noEffect === null ? "" : `N${noEffect.slice(1)}.`,
  ];
  return [
    `\`${keyText(path)}\`${marks}`,
    typeText(schema, meta),
    defaultText(meta),
    notes.filter(Boolean).join(" "),
  ];
}

function typeText(schema: z.ZodType, { kind }: KeyMeta): string {
  const inner = unwrap(schema);
  const name = kind?.name ?? "anything";
  if (inner instanceof z.ZodArray) return `list of ${name}`;
  if (inner instanceof z.ZodRecord) return `map to ${name}`;
  return name;
}

function defaultText({ defaultText: text }: KeyMeta): string {
  if (text === null) return "required";
  return text === "" ? "" : `\`${text}\``;
}

function classicRow([name, { to, reason }]: [string, ClassicKey]): string[] {
  return [`\`${name}\``, to === undefined ? `no effect: ${reason}` : `\`${to}\``];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}
