import { z } from "zod";
import type { KeyMeta } from "./keys.ts";
import type { PathStep } from "./yaml-text.ts";

/** A key of the schema. List elements have the step `[]`, names of a map `<name>`. */
export interface SchemaKey {
  readonly path: readonly string[];
  readonly schema: z.ZodType;
  readonly meta: KeyMeta;
}

/** Step that stands for any element of a list. */
export const ANY_ELEMENT = "[]";

/** What was declared about a key. */
export function metaOf(schema: z.ZodType): KeyMeta | undefined {
  return schema.meta()?.key;
}

/** Every key with a value of its own, in the order of declaration. */
export function* leafKeys(schema: z.ZodType, path: readonly string[] = []): Iterable<SchemaKey> {
  for (const entry of childKeys(schema, path)) {
    const children = [...childKeys(entry.schema, entry.path)];
    if (children.length === 0) yield entry;
    else yield* leafKeys(entry.schema, entry.path);
  }
}

/** Every key, sections before the keys inside them. */
export function* allKeys(schema: z.ZodType, path: readonly string[] = []): Iterable<SchemaKey> {
  for (const entry of childKeys(schema, path)) {
    yield entry;
    yield* allKeys(entry.schema, entry.path);
  }
}

/** The keys directly inside a section or inside the elements of a list of sections. */
export function* childKeys(schema: z.ZodType, path: readonly string[]): Iterable<SchemaKey> {
  let inner = unwrap(schema);
  let at = path;
  if (inner instanceof z.ZodArray) {
    inner = unwrap(inner.element as z.ZodType);
    at = [...path, ANY_ELEMENT];
  }
  if (!(inner instanceof z.ZodObject)) return;
  for (const [name, child] of Object.entries(inner.shape as Record<string, z.ZodType>)) {
    yield { path: [...at, name], schema: child, meta: metaOf(child)! };
  }
}

/** Schema of the value at a path of a file; undefined when there is no such key. */
export function schemaAt(root: z.ZodType, path: readonly PathStep[]): z.ZodType | undefined {
  let schema: z.ZodType | undefined = root;
  for (const step of path) {
    const inner: z.ZodType = unwrap(schema!);
    if (inner instanceof z.ZodObject) schema = (inner.shape as Record<string, z.ZodType>)[step];
    else if (inner instanceof z.ZodArray) schema = inner.element as z.ZodType;
    else if (inner instanceof z.ZodRecord) schema = inner.valueType as z.ZodType;
    else return undefined;
    if (schema === undefined) return undefined;
  }
  return schema;
}

/** The schema of what is written in the file: without defaults and conversions. */
export function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodPipe) {
    const input = schema.in as z.ZodType;
    return unwrap(input instanceof z.ZodTransform ? (schema.out as z.ZodType) : input);
  }
  return schema;
}

/** `runtime.runtimes[].id`. */
export function keyText(path: readonly PathStep[]): string {
  return path.reduce<string>((text, step) => {
    if (step === ANY_ELEMENT) return `${text}[]`;
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}
