/** Length of an IPv4 address in bytes. */
export const IPV4_LENGTH = 4;
/** Length of an IPv6 address in bytes. */
export const IPV6_LENGTH = 16;

const V4_IN_V6_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** The 4 bytes of an IPv4 address, also when given IPv4-mapped; null for every other address. */
export function toIpv4(ip: Uint8Array): Uint8Array | null {
  if (ip.length === IPV4_LENGTH) return ip;
  if (ip.length === IPV6_LENGTH && V4_IN_V6_PREFIX.every((byte, i) => ip[i] === byte)) return ip.subarray(12);
  return null;
}

/**
 * Text of an address of 4 or 16 bytes: dotted for IPv4 (mapped too), RFC 5952 for IPv6.
 *
 * No address reads `<nil>` and a wrong length `?` with the hex bytes, as in the official node's output.
 */
export function formatIp(ip: Uint8Array | null): string {
  if (ip === null || ip.length === 0) return "<nil>";
  const v4 = toIpv4(ip);
  if (v4 !== null) return v4.join(".");
  if (ip.length !== IPV6_LENGTH) return `?${Array.from(ip, (b) => b.toString(16).padStart(2, "0")).join("")}`;
  const groups = Array.from({ length: 8 }, (_, i) => (ip[2 * i]! << 8) | ip[2 * i + 1]!);
  const [start, length] = longestZeroRun(groups);
  const hex = (part: number[]) => part.map((g) => g.toString(16)).join(":");
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** Parses a numeric address. The result always has 16 bytes, IPv4 as IPv4-mapped; null when malformed. */
export function parseIp(text: string): Uint8Array | null {
  if (!text.includes(":")) {
    const v4 = parseIpv4(text);
    return v4 === null ? null : Uint8Array.from([...V4_IN_V6_PREFIX, ...v4]);
  }
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const missing = IPV6_LENGTH - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return null;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** Joins host and port as `host:port`, or `[host]:port` when the host has a colon. */
export function joinHostPort(host: string, port: bigint | number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Splits `host:port` or `[host]:port`; null when there is no port or the brackets do not match. */
export function splitHostPort(text: string): { host: string; port: string } | null {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text);
  if (match === null) return null;
  return { host: match[1] ?? match[2] ?? "", port: match[3]! };
}

/**
 * Whether the address is likely to be reachable from the whole internet: global unicast and outside every
 * reserved range. oasis-core v26.1 go/common/address.go; node registration depends on it.
 */
export function isProbablyGloballyReachable(ip: Uint8Array | null): boolean {
  if (ip === null || !isGlobalUnicast(ip)) return false;
  const v4 = toIpv4(ip);
  const ranges = v4 === null ? RESERVED_V6 : RESERVED_V4;
  return !ranges.some((range) => contains(range, v4 ?? ip));
}

interface IpRange {
  readonly base: Uint8Array;
  readonly prefixBits: number;
}

function range(cidr: string): IpRange {
  const [address, bits] = cidr.split("/") as [string, string];
  const ip = parseIp(address)!;
  return { base: toIpv4(ip) ?? ip, prefixBits: Number(bits) };
}

const RESERVED_V4: readonly IpRange[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "240.0.0.0/4",
].map(range);

const RESERVED_V6: readonly IpRange[] = [
  "::1/128",
  "::/128",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:2::/48",
  "2001:db8::/32",
  "fe80::/10",
  "fc00::/7",
].map(range);

function contains({ base, prefixBits }: IpRange, ip: Uint8Array): boolean {
  if (base.length !== ip.length) return false;
  for (let i = 0; i < base.length; i++) {
    const bits = Math.min(8, Math.max(0, prefixBits - 8 * i));
    const mask = (0xff << (8 - bits)) & 0xff;
    if ((base[i]! & mask) !== (ip[i]! & mask)) return false;
  }
  return true;
}

/** Neither unspecified, loopback, multicast, link-local unicast nor IPv4 broadcast; of a valid length. */
function isGlobalUnicast(ip: Uint8Array): boolean {
  const v4 = toIpv4(ip);
  if (v4 !== null) {
    if (v4.every((b) => b === 0xff) || v4.every((b) => b === 0)) return false;
    return v4[0] !== 127 && (v4[0]! & 0xf0) !== 0xe0 && !(v4[0] === 169 && v4[1] === 254);
  }
  if (ip.length !== IPV6_LENGTH) return false;
  const leadingZeros = ip.subarray(0, 15).every((b) => b === 0);
  if (leadingZeros && (ip[15] === 0 || ip[15] === 1)) return false;
  return ip[0] !== 0xff && !(ip[0] === 0xfe && (ip[1]! & 0xc0) === 0x80);
}

function parseIpv4(text: string): number[] | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  const numbers = parts.map((p) => (/^(?:0|[1-9]\d{0,2})$/.test(p) ? Number(p) : 256));
  return numbers.every((n) => n <= 255) ? numbers : null;
}

function parseGroups(text: string, mayEndInV4: boolean): number[] | null {
  if (text === "") return [];
  const groups = text.split(":");
  const out: number[] = [];
  for (const [i, group] of groups.entries()) {
    if (mayEndInV4 && i === groups.length - 1 && group.includes(".")) {
      const v4 = parseIpv4(group);
      if (v4 === null) return null;
      out.push(...v4);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      out.push(value >> 8, value & 0xff);
    } else {
      return null;
    }
  }
  return out;
}

function longestZeroRun(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let i = 0; i < groups.length; i++) {
    let j = i;
    while (j < groups.length && groups[j] === 0) j++;
    if (j - i > best[1]) best = [i, j - i];
    if (j > i) i = j;
  }
  return best;
}
