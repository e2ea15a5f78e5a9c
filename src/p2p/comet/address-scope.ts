import { parseIp, toIpv4 } from "../../types/ip.ts";

/**
 * What an IP is good for.
 *
 * - `invalid`: nobody can be there: unspecified, broadcast, documentation.
 * - `local`: this machine.
 * - `private`: reachable only from its own network.
 * - `routable`: all others.
 *
 * `C:p2p/netaddress.go`, which counts fewer ranges as private than the registry does.
 */
export type AddressScope = "invalid" | "local" | "private" | "routable";

interface Range {
  readonly prefix: readonly number[];
  readonly bits: number;
}

const local4 = [range(8, 127), range(8, 0)];
const private4 = [range(8, 10), range(16, 192, 168), range(12, 172, 16), range(16, 169, 254)];
const documentation6 = range(32, 0x20, 0x01, 0x0d, 0xb8);
/** Unique local, ORCHID, and those link-local addresses that autoconfiguration gives. */
const private6 = [range(7, 0xfc), range(28, 0x20, 0x01, 0x00, 0x10), range(64, 0xfe, 0x80, 0, 0, 0, 0, 0, 0)];
const heNet = range(32, 0x20, 0x01, 0x04, 0x70);

/** @param ip numeric address as text */
export function addressScope(ip: string): AddressScope {
  const bytes = parseIp(ip);
  if (bytes === null) return "invalid";
  const v4 = toIpv4(bytes);
  if (v4 !== null) {
    if (v4.every((byte) => byte === 0) || v4.every((byte) => byte === 0xff)) return "invalid";
    if (isIn(local4, v4)) return "local";
    return isIn(private4, v4) ? "private" : "routable";
  }
  const isZeroUpTo15 = bytes.subarray(0, 15).every((byte) => byte === 0);
  if ((isZeroUpTo15 && bytes[15] === 0) || isIn([documentation6], bytes)) return "invalid";
  if (isZeroUpTo15 && bytes[15] === 1) return "local";
  return isIn(private6, bytes) ? "private" : "routable";
}

/**
 * The network that an address belongs to: /16 for IPv4, /32 for IPv6 (/36 for the one provider that gives /32s
 * away). The address book spreads addresses over its buckets by it, so that one network cannot fill them all.
 */
export function addressGroup(ip: string, isStrict: boolean): string {
  const scope = addressScope(ip);
  if (isStrict && scope === "local") return "local";
  if (isStrict && scope !== "routable") return "unroutable";
  const bytes = parseIp(ip);
  if (bytes === null) return "unroutable";
  const v4 = toIpv4(bytes);
  if (v4 !== null) return `${v4[0]}.${v4[1]}`;
  const group = [...bytes.subarray(0, 4)];
  if (isIn([heNet], bytes)) group.push(bytes[4]! & 0xf0);
  return group.join(":");
}

function range(bits: number, ...prefix: number[]): Range {
  return { prefix, bits };
}

function isIn(ranges: readonly Range[], bytes: Uint8Array): boolean {
  return ranges.some(({ prefix, bits }) =>
    prefix.every((byte, i) => {
      const mask = (0xff << (8 - Math.min(8, Math.max(0, bits - 8 * i)))) & 0xff;
      return (bytes[i]! & mask) === (byte & mask);
    }),
  );
}
