import { ProtoWriter } from "../codec/proto.ts";

/** Go's int64 arithmetic where the protocol depends on its edges. */

export const INT64_MAX = 2n ** 63n - 1n;
export const INT64_MIN = -(2n ** 63n);

/** Keeps a sum or difference within int64 by cutting at the ends instead of wrapping. */
export function clip(value: bigint): bigint {
  if (value > INT64_MAX) return INT64_MAX;
  if (value < INT64_MIN) return INT64_MIN;
  return value;
}

/** Division that rounds towards minus infinity; the divisor is positive. */
export function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

/** The varint that Go's `binary.PutVarint` writes. */
export function zigzagVarint(value: bigint): Uint8Array {
  const w = new ProtoWriter();
  w.zigzag(value);
  return w.finish();
}
