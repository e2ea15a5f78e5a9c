import { Scalar } from "../scalar.ts";
import type { PathStep, RawMap, RawValue } from "../yaml-text.ts";
import { classicMaps } from "./classic-keys.ts";

/** A key of a 21.x file with its value. */
export interface ClassicEntry {
  /** Dotted, in lower case. */
  readonly key: string;
  /** Keys of maps inside are in lower case, too. */
  readonly value: RawValue;
  /** Where it stands in the file. */
  readonly path: readonly PathStep[];
}

/**
 * Brings nested and dotted keys to one form, as the 21.x node's configuration library does: `a: {b: 1}`, `a.b: 1` and
 * `a: {"b.c": 1}` all work, and letter case does not count (facts/classic-config.md section 1).
 */
export function flattenClassic(root: RawMap): ClassicEntry[] {
  const entries: ClassicEntry[] = [];
  const visit = (value: RawValue, key: string, path: readonly PathStep[]): void => {
    const map = [...classicMaps].find((name) => key === name || key.startsWith(`${name}.`));
    if (map !== undefined) {
      const names = key
        .slice(map.length + 1)
        .split(".")
        .filter((name) => name !== "");
      const inner = names.reduceRight<RawValue>((nested, name) => ({ [name]: nested }), lowerKeys(value));
      entries.push({ key: map, value: inner, path });
    } else if (value instanceof Scalar || Array.isArray(value)) {
      entries.push({ key, value, path });
    } else {
      for (const [name, child] of Object.entries(value)) {
        const step = name.toLowerCase();
        visit(child, key === "" ? step : `${key}.${step}`, [...path, name]);
      }
    }
  };
  visit(root, "", []);
  return entries;
}

function lowerKeys(value: RawValue): RawValue {
  if (value instanceof Scalar) return value;
  if (Array.isArray(value)) return value.map(lowerKeys);
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name.toLowerCase(), lowerKeys(child)]),
  );
}
