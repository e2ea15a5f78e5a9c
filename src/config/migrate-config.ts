import { stringify } from "yaml";
import { ConfigError, type ConfigWarning } from "./config-error.ts";
import { duration, type Kind, size } from "./kinds.ts";
import { readAnyForm } from "./load-config.ts";
import { Scalar } from "./scalar.ts";
import { configSchema } from "./schema.ts";
import { childKeys, metaOf, schemaAt } from "./schema-walk.ts";
import { validate } from "./validate.ts";
import type { PathStep, RawValue } from "./yaml-text.ts";

/**
 * Writes a configuration in the 26.1 form, with the keys that it sets and no others.
 *
 * Values keep their text; references to environment variables are written out.
 * @throws ConfigError when the text is not a valid configuration
 */
export function migrateConfig(
  text: string,
  source: string,
): { text: string; warnings: readonly ConfigWarning[] } {
  const reading = readAnyForm(text, source, {});
  const validated = validate(reading.root, reading.positions, reading.nameOf);
  const problems = [...reading.problems, ...validated.problems];
  if (problems.length > 0) throw new ConfigError(source, problems);
  return { text: stringify(toYaml(reading.root), { lineWidth: 0 }), warnings: reading.warnings };
}

/** Plain values with the keys in the order of the schema. */
function toYaml(raw: RawValue, path: readonly PathStep[] = []): unknown {
  if (raw instanceof Scalar) return raw.generous ? strictValue(raw, path) : raw.toPlain();
  if (Array.isArray(raw)) return raw.map((item, i) => toYaml(item, [...path, i]));
  const schema = schemaAt(configSchema, path);
  const order = schema === undefined ? [] : [...childKeys(schema, [])].map((entry) => entry.path.at(-1)!);
  return Object.fromEntries(
    Object.entries(raw)
      .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
      .map(([name, value]) => [name, toYaml(value, [...path, name])]),
  );
}

/** A value of the 21.x form as the 26.1 form, which is less generous, has to write it. */
function strictValue(scalar: Scalar, path: readonly PathStep[]): unknown {
  const kind = kindAt(path);
  const value = kind?.parse(scalar);
  if (kind === duration) return /[a-zµμ]/.test(scalar.source) ? scalar.source : `${scalar.source}ns`;
  switch (typeof value) {
    case "boolean":
    case "string":
    case "bigint":
      return value;
    case "number":
      return kind === size ? scalar.source : value;
    default:
      return kind === undefined ? scalar.toPlain() : scalar.source;
  }
}

/** Kind of the value at a path; undefined inside somebody else's configuration. */
function kindAt(path: readonly PathStep[]): Kind<unknown> | undefined {
  const own = schemaAt(configSchema, path);
  const around = schemaAt(configSchema, path.slice(0, -1));
  return (own && metaOf(own)?.kind) ?? (around && metaOf(around)?.kind) ?? undefined;
}
