import { z } from "zod";
import type { Kind } from "./kinds.ts";
import { Scalar } from "./scalar.ts";

/** What is declared about a key besides its type; also read by the reference page and the JSON Schema. */
export interface KeyMeta {
  /** One or two sentences for the reference page and for editors. */
  readonly description: string;
  /** Kind of a single value, or of the elements of a list or map. */
  readonly kind: Kind<unknown> | null;
  /** The default as one would write it; null where there is none. */
  readonly defaultText: string | null;
  /** Set: the key is read, but nothing depends on it in this release; the text says what is missing. */
  readonly noEffectYet?: string;
  /** Set: the key is read so that old files work, and nothing will ever depend on it; the text says why. */
  readonly noEffect?: string;
  /** Set: the key is ours, the official node does not know it. */
  readonly addition?: true;
  /** Set: what to write instead. */
  readonly deprecated?: string;
}

declare module "zod" {
  interface GlobalMeta {
    key?: KeyMeta;
  }
}

/** That a key has no effect, and why; null where it has one. */
export function noEffectText({ noEffectYet, noEffect }: KeyMeta): string | null {
  if (noEffect !== undefined) return `no effect: ${noEffect}`;
  return noEffectYet === undefined ? null : `no effect yet: ${noEffectYet}`;
}

export type KeyOptions = Pick<KeyMeta, "noEffectYet" | "noEffect" | "addition" | "deprecated">;

/** A key with a single value. `initial` is the default as one would write it in the file. */
export function key<T>(kind: Kind<T>, initial: string, description: string, options: KeyOptions = {}) {
  const value = kind.parse(new Scalar(initial, Scalar.plain(initial).looksLike));
  if (value === undefined) throw new TypeError(`"${initial}" is no default: expected ${kind.expects}`);
  return scalar(kind)
    .default(() => value as never)
    .meta({ key: { description, kind, defaultText: initial, ...options } });
}

/** A key of a list element that must be there. */
export function requiredKey<T>(kind: Kind<T>, description: string, options: KeyOptions = {}) {
  return scalar(kind).meta({ key: { description, kind, defaultText: null, ...options } });
}

/** A key with a list of single values, empty by default. */
export function listKey<T>(
  kind: Kind<T>,
  initial: readonly T[],
  description: string,
  options: KeyOptions = {},
) {
  const defaultText = initial.length === 0 ? "[]" : `[${initial.join(", ")}]`;
  return z
    .array(scalar(kind))
    .default(() => [...initial] as never)
    .meta({ key: { description, kind, defaultText, ...options } });
}

/** A key with a map from names to single values. */
export function mapKey<T>(kind: Kind<T>, description: string, options: KeyOptions = {}) {
  return notScalar(z.record(z.string(), scalar(kind)))
    .transform((record): ReadonlyMap<string, T> => new Map(Object.entries(record)))
    .default(() => new Map())
    .meta({ key: { description, kind, defaultText: "{}", ...options } });
}

/** A key whose content belongs to somebody else and is passed on as it is. */
export function freeKey(description: string, options: KeyOptions = {}) {
  return notScalar(z.record(z.string(), z.unknown()))
    .transform(plain)
    .default(() => ({}))
    .meta({ key: { description, kind: null, defaultText: "{}", ...options } });
}

/** A list of mappings. */
export function elements<S extends z.ZodType>(element: S, description: string, options: KeyOptions = {}) {
  return z
    .array(element)
    .default(() => [])
    .meta({ key: { description, kind: null, defaultText: "[]", ...options } });
}

/** A mapping of keys. Unknown ones are refused, missing ones have their defaults. */
export function section<S extends z.ZodRawShape>(description: string, shape: S, options: KeyOptions = {}) {
  return notScalar(z.strictObject(shape))
    .prefault({} as never)
    .meta({ key: { description, kind: null, defaultText: null, ...options } });
}

/** Shows a single value to a mapping as text, which it then refuses; the object itself would pass for a mapping. */
function notScalar<S extends z.ZodType>(mapping: S) {
  return z.preprocess((raw) => (raw instanceof Scalar ? raw.source : raw), mapping);
}

function scalar<T>(kind: Kind<T>) {
  return z.unknown().transform((raw, context): T => {
    const value = raw instanceof Scalar ? kind.parse(raw) : undefined;
    if (value === undefined) {
      context.issues.push({ code: "custom", message: `expected ${kind.expects}`, input: raw });
      return z.NEVER;
    }
    return value;
  });
}

/** Plain JavaScript values of a part of the file; integers beyond 2^53 become bigints. */
function plain(raw: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(raw: unknown): unknown {
  if (raw instanceof Scalar) return raw.toPlain();
  if (Array.isArray(raw)) return raw.map(plainValue);
  return typeof raw === "object" && raw !== null ? plain(raw as Record<string, unknown>) : raw;
}
