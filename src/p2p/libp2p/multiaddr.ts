import type { Address } from "../../types/address.ts";
import { formatIp, isProbablyGloballyReachable, parseIp, toIpv4 } from "../../types/ip.ts";

/** Where a peer listens, as libp2p writes it: `/ip4/10.0.0.1/tcp/9200`, `/ip6/…/tcp/…`, `/dns/host/tcp/…`. */
export type Multiaddr = string;

const TCP = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]{1,253})\/tcp\/(\d{1,5})$/;
const MAX_PORT = 0xffff;

/** @param host numeric address or name */
export function multiaddrOf(host: string, port: number): Multiaddr {
  return `/${protocolOf(host)}/${host}/tcp/${port}`;
}

/** The multiaddr of an address in a node descriptor; null when it has no IP or an impossible port. */
export function multiaddrOfAddress({ IP, Port }: Address): Multiaddr | null {
  const host = formatIp(IP);
  if (parseIp(host) === null || Port <= 0n || Port > MAX_PORT) return null;
  return multiaddrOf(host, Number(Port));
}

/** Host and port; null for other transports, relays and everything malformed. */
export function tcpTarget(multiaddr: Multiaddr): { readonly host: string; readonly port: number } | null {
  const match = TCP.exec(multiaddr);
  if (match === null) return null;
  const [, kind, host, digits] = match as unknown as [string, string, string, string];
  const port = Number(digits);
  const isNumeric = kind === "ip4" || kind === "ip6";
  if (port === 0 || port > MAX_PORT || (isNumeric && protocolOf(host) !== kind)) return null;
  return { host, port };
}

/** The address for a node descriptor; null for names and other transports. */
export function addressOfMultiaddr(multiaddr: Multiaddr): Address | null {
  const target = tcpTarget(multiaddr);
  const ip = target === null ? null : parseIp(target.host);
  return target === null || ip === null ? null : { IP: ip, Port: BigInt(target.port), Zone: "" };
}

/** Whether peers anywhere could reach it. */
export function isPublic(multiaddr: Multiaddr): boolean {
  const target = tcpTarget(multiaddr);
  return target !== null && isProbablyGloballyReachable(parseIp(target.host));
}

function protocolOf(host: string): "ip4" | "ip6" | "dns" {
  const ip = parseIp(host);
  if (ip === null) return "dns";
  return toIpv4(ip) === null ? "ip6" : "ip4";
}
