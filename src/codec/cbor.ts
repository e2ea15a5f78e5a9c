/**
 * How lenient a decoder is (facts/formats.md 1.3).
 *
 * - `untrusted`: what the network's default decoder accepts; unknown struct fields are errors.
 * - `rpc`: the same, but unknown struct fields are ignored.
 * - `strict`: only the canonical encoding of the value, with nothing after it.
 */
export type DecodeMode = "untrusted" | "rpc" | "strict";

/** Arrays and maps inside one another; the network's decoder refuses deeper input. */
export const MAX_NESTING = 32;
/** Elements of one array and pairs of one map; the network's decoder refuses more. */
export const MAX_ENTRIES = 10_000_000;

export const MAJOR_UINT = 0;
export const MAJOR_NEGATIVE = 1;
export const MAJOR_BYTES = 2;
export const MAJOR_TEXT = 3;
export const MAJOR_ARRAY = 4;
export const MAJOR_MAP = 5;
export const MAJOR_TAG = 6;
export const MAJOR_SIMPLE = 7;

/** Items of one byte. */
export const FALSE = 0xf4;
export const TRUE = 0xf5;
export const NULL = 0xf6;
export const UNDEFINED = 0xf7;

export const TWO_POW_32 = 0x1_0000_0000;
export const MAX_U64: bigint = (1n << 64n) - 1n;
export const MAX_I64: bigint = (1n << 63n) - 1n;
