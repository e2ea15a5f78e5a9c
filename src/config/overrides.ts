import { Scalar } from "./scalar.ts";
import type { RawMap, RawValue } from "./yaml-text.ts";

/** Values by dotted 26.1 key that win over the file: from the command line, or from a program. */
export type Overrides = Readonly<Record<string, OverrideValue>>;
export type OverrideValue =
  | string
  | number
  | bigint
  | boolean
  | readonly OverrideValue[]
  | { [key: string]: OverrideValue };

/** The file's values with the overrides put in; the file's own are left as they are. */
export function applyOverrides(root: RawMap, overrides: Overrides): RawMap {
  const result = copyMap(root);
  for (const [key, value] of Object.entries(overrides)) {
    const steps = key.split(".");
    let section = result;
    for (const step of steps.slice(0, -1)) {
      const child = section[step];
      const next = isMap(child) ? copyMap(child) : {};
      section[step] = next;
      section = next;
    }
    section[steps.at(-1)!] = toRaw(value);
  }
  return result;
}

function toRaw(value: OverrideValue): RawValue {
  if (Array.isArray(value)) return value.map(toRaw);
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, toRaw(child)]));
  }
  return Scalar.plain(String(value));
}

function copyMap(map: RawMap): RawMap {
  return { ...map };
}

function isMap(value: RawValue | undefined): value is RawMap {
  return value !== undefined && !(value instanceof Scalar) && !Array.isArray(value);
}
