import { code, RpcError } from "./status.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

/** Longest delay a timer takes; a longer deadline is as good as none. */
const MAX_TIMER_MS = 0x7fff_ffff;

/**
 * Milliseconds of a `grpc-timeout` header, `null` for no deadline.
 * @throws RpcError 13 for a malformed value.
 */
export function parseTimeout(header: string | undefined): number | null {
  if (header === undefined) return null;
  const match = /^(\d{1,8})([HMSmun])$/.exec(header);
  if (match === null) {
    throw new RpcError(code.internal, `malformed grpc-timeout: ${JSON.stringify(header.slice(0, 32))}`);
  }
  const timeoutMs = Number(match[1]) * UNIT_MS[match[2]!]!;
  return timeoutMs > MAX_TIMER_MS ? null : timeoutMs;
}
