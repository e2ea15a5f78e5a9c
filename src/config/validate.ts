import type { z } from "zod";
import type { ConfigNote, ConfigWarning } from "./config-error.ts";
import { noEffectText } from "./keys.ts";
import { suggestKey } from "./known-keys.ts";
import { Scalar } from "./scalar.ts";
import { type Config, configSchema } from "./schema.ts";
import { keyText, metaOf, schemaAt } from "./schema-walk.ts";
import type { PathStep, PositionTable, RawMap, RawValue } from "./yaml-text.ts";

/** Result of checking a file's values against the schema. */
export type Validated =
  | { readonly config: Config; readonly problems: readonly [] }
  | { readonly config: null; readonly problems: readonly ConfigNote[] };

/** Checks values in the 26.1 shape against the schema and fills in defaults. */
export function validate(
  root: RawMap,
  positions: PositionTable,
  nameOf: (path: readonly PathStep[]) => string = keyText,
): Validated {
  const result = configSchema.safeParse(root);
  if (result.success) return { config: result.data, problems: [] };
  const problems = result.error.issues.flatMap((issue) => describeIssue(issue, root, positions, nameOf));
  return { config: null, problems };
}

function describeIssue(
  issue: z.core.$ZodIssue,
  root: RawMap,
  positions: PositionTable,
  nameOf: (path: readonly PathStep[]) => string,
): ConfigNote[] {
  const path = issue.path as PathStep[];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => ({
      position: positions.get([...path, name]),
      key: nameOf([...path, name]),
      message: `unknown key${suggestKey(path, name)}`,
    }));
  }
  const expected = issue.code === "custom" ? issue.message : `expected ${expectedShape(path)}`;
  const found = describeRaw(rawAt(root, path));
  return [{ position: positions.get(path), key: nameOf(path), message: `${expected}, found ${found}` }];
}

/** What a key that is no single value has to be. */
function expectedShape(path: readonly PathStep[]): string {
  const schema = schemaAt(configSchema, path);
  const kind = schema === undefined ? undefined : metaOf(schema)?.kind;
  const type = schema?.def.type;
  if (type === "prefault" || type === "object" || type === "pipe") return "a section with keys of its own";
  return kind === null || kind === undefined
    ? "a list or section"
    : `a list or map, each value ${kind.expects}`;
}

function rawAt(root: RawMap, path: readonly PathStep[]): RawValue | undefined {
  let value: RawValue | undefined = root;
  for (const step of path) {
    if (value === undefined || value instanceof Scalar) return undefined;
    value = (value as Record<PathStep, RawValue>)[step];
  }
  return value;
}

function describeRaw(raw: RawValue | undefined): string {
  if (raw === undefined) return "nothing";
  if (raw instanceof Scalar) return raw.describe();
  return Array.isArray(raw) ? "a list" : "a section";
}

/**
 * Warns about keys that are set and on which nothing depends in this release, and about keys with a better name.
 *
 * @param always warn even where the value is the default, which a complete file may spell out
 */
export function warnAboutKeys(
  root: RawMap,
  positions: PositionTable,
  always: boolean,
  nameOf: (path: readonly PathStep[]) => string = keyText,
): ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  const visit = (value: RawValue, path: PathStep[]): void => {
    const schema = schemaAt(configSchema, path);
    const meta = schema === undefined ? undefined : metaOf(schema);
    const note = { position: positions.get(path), key: nameOf(path) };
    if (meta?.deprecated !== undefined) {
      warnings.push({ ...note, kind: "deprecated", message: `is deprecated, use "${meta.deprecated}"` });
    }
    const noEffect = meta === undefined ? null : noEffectText(meta);
    if (noEffect !== null && (always || !isDefault(value, meta!.defaultText))) {
      warnings.push({ ...note, kind: "no-effect", message: `has ${noEffect}` });
      return;
    }
    if (value instanceof Scalar) return;
    for (const [step, child] of entriesOf(value)) visit(child, [...path, step]);
  };
  visit(root, []);
  return warnings;
}

function entriesOf(value: RawMap | RawValue[]): [PathStep, RawValue][] {
  return Array.isArray(value) ? [...value.entries()] : Object.entries(value);
}

function isDefault(value: RawValue, defaultText: string | null): boolean {
  if (defaultText === null) return false;
  if (value instanceof Scalar) return value.source === defaultText;
  if (Array.isArray(value))
    return (
      `[${value.map((item) => (item instanceof Scalar ? item.source : "?")).join(", ")}]` === defaultText
    );
  return Object.keys(value).length === 0;
}
