import { isLosslessNumber, parse } from "lossless-json";
import { CodecError } from "./errors.ts";

/** Objects and arrays inside one another in JSON text; protocol documents stay below 20. */
export const MAX_JSON_NESTING = 256;

const INTEGER = /^-?[0-9]+$/;
const ARRAY_INDEX = /^(0|[1-9][0-9]*)$/;
/** Controls, and what Go escapes for the sake of HTML and JavaScript. */
const ESCAPED = /["\\<>&\p{Cc}\u2028\u2029]/gu;
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
};

/**
 * Parses JSON text without losing integers: those beyond 2^53 become bigints, numbers with a fraction or exponent
 * stay `LosslessNumber`. The last of equal keys wins, as in Go.
 *
 * @throws CodecError
 */
export function parseJson(text: string): unknown {
  checkNesting(text);
  try {
    return parse(text, undefined, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
  } catch (error) {
    throw new CodecError(error instanceof SyntaxError ? error.message : "invalid JSON", "", { cause: error });
  }
}

/**
 * Prints a JSON value the way Go's encoding/json does: `<`, `>` and `&` escaped, struct fields in the order of the
 * object, maps sorted by key (an object whose keys are numbers can only be a map). `indent` spaces a level; 0 gives
 * one line. Bigints are numbers; undefined members are left out.
 */
export function stringifyJson(value: unknown, indent = 0): string {
  return print(value, indent > 0 ? " ".repeat(indent) : "", indent > 0 ? "\n" : "");
}

/** What a parsed JSON value is, in words for messages. */
export function jsonKind(json: unknown): string {
  if (json === null || json === undefined) return "null";
  if (Array.isArray(json)) return "an array";
  switch (typeof json) {
    case "string":
      return "a string";
    case "boolean":
      return "a boolean";
    case "number":
    case "bigint":
      return "a number";
    default:
      return isLosslessNumber(json) ? "a number with a fraction or exponent" : "an object";
  }
}

/** @throws CodecError unless the value is a JSON object */
export function jsonObject(json: unknown, path: string): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json) || isLosslessNumber(json)) {
    throw new CodecError(`expected an object, found ${jsonKind(json)}`, path);
  }
  return json as Record<string, unknown>;
}

/** @throws CodecError unless the value is a JSON array */
export function jsonArray(json: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(json)) throw new CodecError(`expected an array, found ${jsonKind(json)}`, path);
  return json;
}

/** @throws CodecError unless the value is a JSON string */
export function jsonString(json: unknown, path: string): string {
  if (typeof json !== "string") throw new CodecError(`expected a string, found ${jsonKind(json)}`, path);
  return json;
}

/** @throws CodecError unless the value is an integer from `min` to `max`; Go reads `-0` into signed types only */
export function jsonInteger(json: unknown, min: bigint, max: bigint, path: string): bigint {
  if (Object.is(json, -0) && min === 0n) throw new CodecError("expected an unsigned integer, found -0", path);
  if (typeof json === "bigint" || (typeof json === "number" && Number.isSafeInteger(json))) {
    const value = BigInt(json);
    if (value >= min && value <= max) return value;
    throw new CodecError(`expected an integer from ${min} to ${max}, found ${value}`, path);
  }
  throw new CodecError(`expected an integer, found ${jsonKind(json)}`, path);
}

/** Member path for messages. */
export function memberPath(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function parseNumber(token: string): unknown {
  if (!INTEGER.test(token)) return parse(token);
  const value = Number(token);
  return Number.isSafeInteger(value) ? value : BigInt(token);
}

function checkNesting(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22) {
      for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
    } else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > MAX_JSON_NESTING)
        throw new CodecError(`more than ${MAX_JSON_NESTING} levels of JSON nesting`);
    } else if (unit === 0x7d || unit === 0x5d) {
      depth--;
    }
  }
}

function print(value: unknown, step: string, newline: string): string {
  switch (typeof value) {
    case "string":
      return printString(value);
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    case "object":
      break;
    default:
      return "null";
  }
  if (value === null) return "null";
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const inner = newline + step;
    return `[${value.map((item) => (newline === "" ? "" : inner) + print(item, step, newline && inner)).join(",")}${newline}]`;
  }
  if (isLosslessNumber(value)) return value.toString();
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  if (entries.length === 0) return "{}";
  if (ARRAY_INDEX.test(entries[0]![0])) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const inner = newline === "" ? "" : newline + step;
  const colon = newline === "" ? ":" : ": ";
  const members = entries.map(
    ([name, member]) => inner + printString(name) + colon + print(member, step, inner),
  );
  return `{${members.join(",")}${newline}}`;
}

function printString(text: string): string {
  return `"${text.toWellFormed().replace(ESCAPED, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const unit = character.charCodeAt(0);
  return unit >= 0x7f && unit < 0xa0 ? character : `\\u${unit.toString(16).padStart(4, "0")}`;
}
