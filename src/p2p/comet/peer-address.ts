import { parsePublicKey } from "../../types/address.ts";
import { joinHostPort, splitHostPort } from "../../types/ip.ts";
import { PeerFault } from "./errors.ts";
import { canonicalIp, MAX_PORT, type NetAddress, netAddress } from "./net-address.ts";
import { type NodeId, nodeIdOf, parseNodeId } from "./node-id.ts";

/** A peer as the configuration names it: its host may be a name. */
export interface PeerAddress {
  readonly id: NodeId;
  readonly host: string;
  readonly port: number;
}

/** Looks up the numeric addresses of a name. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

const HOST = /^[A-Za-z0-9._:%-]{1,253}$/;

/**
 * Reads a peer in either spelling: `<40 hex digits>@host:port` of 21.x, `<base64 public key>@host:port` of 26.1, both
 * also with `tcp://` in front of the host; null when it is neither.
 */
export function parsePeerAddress(text: string): PeerAddress | null {
  const at = text.indexOf("@");
  if (at < 0) return null;
  const id = parsePeerId(text.slice(0, at));
  const place = parseHostPort(text.slice(at + 1));
  return id === null || place === null ? null : { id, ...place };
}

/** Reads a peer's id or public key; null when it is neither. */
export function parsePeerId(text: string): NodeId | null {
  const id = parseNodeId(text.toLowerCase());
  if (id !== null) return id;
  const key = parsePublicKey(text);
  return key === null ? null : nodeIdOf(key);
}

/** `host:port`, also behind a scheme such as `tcp://`. */
export function parseHostPort(text: string): { host: string; port: number } | null {
  const parts = splitHostPort(text.replace(/^[a-z0-9]*:\/\//, ""));
  if (parts === null || !HOST.test(parts.host)) return null;
  if (!/^\d{1,5}$/.test(parts.port) || Number(parts.port) > MAX_PORT) return null;
  return { host: parts.host, port: Number(parts.port) };
}

/** `id@host:port`. */
export function peerAddressText({ id, host, port }: PeerAddress): string {
  return `${id}@${joinHostPort(host, port)}`;
}

/**
 * The numeric address of a peer, after a lookup when its host is a name.
 * @throws PeerFault of kind `unreachable` when there is none
 */
export async function resolvePeerAddress(address: PeerAddress, resolve: ResolveHost): Promise<NetAddress> {
  const { id, host, port } = address;
  let ips: readonly string[] = [host];
  if (canonicalIp(host) === null) {
    try {
      ips = await resolve(host);
    } catch (error) {
      throw new PeerFault("unreachable", "its host name cannot be resolved", { host }, { cause: error });
    }
  }
  for (const ip of ips) {
    const resolved = netAddress(id, ip, port);
    if (resolved !== null) return resolved;
  }
  throw new PeerFault("unreachable", "its host has no address that can be dialed", { host });
}
