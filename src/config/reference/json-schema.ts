import { z } from "zod";
import type { KeyMeta } from "../keys.ts";
import { Scalar } from "../scalar.ts";
import { configSchema } from "../schema.ts";
import { metaOf, unwrap } from "../schema-walk.ts";

/** JSON Schema (draft 2020-12) of a configuration file in the 26.1 form, for editors and checkers. */
export function configJsonSchema(): Record<string, unknown> {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "oasis-node configuration",
    ...schemaOf(configSchema),
  };
}

function schemaOf(schema: z.ZodType, inherited?: KeyMeta): Record<string, unknown> {
  const meta = metaOf(schema);
  const described = meta === undefined ? {} : describe(meta);
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    const shape = Object.entries(inner.shape as Record<string, z.ZodType>);
    const properties = Object.fromEntries(shape.map(([name, child]) => [name, schemaOf(child)]));
    return { ...described, type: "object", additionalProperties: false, properties };
  }
  if (inner instanceof z.ZodArray) {
    return { ...described, type: "array", items: schemaOf(inner.element as z.ZodType, meta) };
  }
  if (inner instanceof z.ZodRecord) {
    const values = meta?.kind ? { ...meta.kind.jsonSchema } : true;
    return { ...described, type: "object", additionalProperties: values };
  }
  return { ...described, ...((meta ?? inherited)?.kind?.jsonSchema ?? {}) };
}

function describe(meta: KeyMeta): Record<string, unknown> {
  const { description, defaultText, deprecated } = meta;
  const isSingle = defaultText !== null && !/^[[{]/.test(defaultText);
  return {
    description,
    ...(isSingle && { default: Scalar.plain(defaultText).toPlain() }),
    ...(deprecated !== undefined && { deprecated: true }),
  };
}
