import { formatIp, joinHostPort, parseIp } from "../../types/ip.ts";
import { addressScope } from "./address-scope.ts";
import { type NodeId, parseNodeId } from "./node-id.ts";

/** Where a peer is: its id, its numeric IP in canonical text, its port. */
export interface NetAddress {
  readonly id: NodeId;
  readonly ip: string;
  readonly port: number;
}

export const MAX_PORT = 0xffff;

/** `ip:port`, what is dialed. */
export function dialText({ ip, port }: Pick<NetAddress, "ip" | "port">): string {
  return joinHostPort(ip, port);
}

/** `id@ip:port`. */
export function addressText(address: NetAddress): string {
  return `${address.id}@${dialText(address)}`;
}

/** An IP in canonical text: IPv4 dotted, also when IPv4-mapped; IPv6 as RFC 5952 has it. Null when it is none. */
export function canonicalIp(text: string): string | null {
  const ip = parseIp(text);
  return ip === null ? null : formatIp(ip);
}

/** The address of its parts; null unless id, IP and port are all proper ones (any IP but the unspecified and broadcast). */
export function netAddress(id: string, ip: string, port: number): NetAddress | null {
  const nodeId = parseNodeId(id);
  const host = canonicalIp(ip);
  if (nodeId === null || host === null || !isPort(port)) return null;
  return addressScope(host) === "invalid" ? null : { id: nodeId, ip: host, port };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= MAX_PORT;
}
