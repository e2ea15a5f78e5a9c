import { stringify } from "lossless-json";

/** Indented JSON; 64-bit integers as plain numbers, whatever their size. */
export function jsonText(value: unknown): string {
  return stringify(value, null, 2) ?? "null";
}
