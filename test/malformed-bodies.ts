import { concat, fromHex } from "../src/codec/bytes.ts";
import { encode, text } from "../src/codec/schema.ts";
import { METHOD_META, methodBody, methods } from "../src/types/methods.ts";

/** Methods that users call. */
export const userMethods = Object.keys(methods).filter((name) => name !== METHOD_META);

/** What reads as a body whose every field is missing. */
const empty: readonly (readonly [name: string, hex: string | null])[] = [
  ["absent", null],
  ["no bytes", ""],
  ["null", "f6"],
  ["undefined", "f7"],
  ["an empty map", "a0"],
];

/** CBOR that is the body of no method. */
const malformed: readonly (readonly [name: string, hex: string])[] = [
  ["a number", "00"],
  ["a large number", "1bffffffffffffffff"],
  ["a negative number", "20"],
  ["bytes", "40"],
  ["text", "60"],
  ["a list", "80"],
  ["a list of something", "81a0"],
  ["true", "f5"],
  ["a fraction", "f93c00"],
  ["an unknown field", "a163666f6f00"],
  ["a field that is called by a number", "a10000"],
];

/** What is no CBOR of this network: it spoils the whole transaction. */
const undecodable: readonly (readonly [name: string, hex: string])[] = [
  ["a tag", "c100"],
  ["a tagged map", "d9d9f7a0"],
  ["a map without end", "bfff"],
  ["a map that is cut off", "a1"],
  ["a length beyond the end", "bb7fffffffffffffff"],
  ["nothing but an end", "ff"],
  ["a reserved value", "1c"],
];

export type BodyKind = "empty" | "malformed" | "undecodable";

/** Bodies for a method that say nothing or nothing sensible; null is an absent one. */
export function spoiltBodies(method: string): { kind: BodyKind; name: string; body: Uint8Array | null }[] {
  const of = (kind: BodyKind, list: readonly (readonly [string, string | null])[]) =>
    list.map(([name, hex]) => ({ kind, name, body: hex === null ? null : fromHex(hex) }));
  return [
    ...of("empty", empty),
    ...of("malformed", malformed),
    ...inFirstField(method).map(([name, body]) => ({ kind: "malformed" as const, name, body })),
    ...of("undecodable", undecodable),
  ];
}

/** The method's own first field with what it cannot hold, and twice. */
function inFirstField(method: string): (readonly [name: string, body: Uint8Array])[] {
  const codec = methodBody(method) as { fields?: Record<string, unknown> } | undefined;
  const first = Object.keys(codec?.fields ?? {})[0];
  if (first === undefined) {
    return [];
  }
  const key = encode(text, first);
  return [
    ["a fraction in its first field", concat(fromHex("a1"), key, fromHex("f93c00"))],
    ["its first field twice", concat(fromHex("a2"), key, fromHex("f6"), key, fromHex("f6"))],
  ];
}
