import { parsePublicKey } from "../../types/address.ts";
import { parseHostPort } from "../comet/peer-address.ts";
import { type Multiaddr, multiaddrOf } from "./multiaddr.ts";
import { type PeerId, peerIdOf } from "./peer-id.ts";

/** A peer and where it can be dialled. */
export interface KnownPeer {
  readonly id: PeerId;
  readonly addresses: readonly Multiaddr[];
}

/** Reads `<base64 P2P key>@host:port` of the configuration; null when malformed. */
export function parseNamedPeer(text: string): KnownPeer | null {
  const at = text.indexOf("@");
  const key = at < 0 ? null : parsePublicKey(text.slice(0, at));
  const place = at < 0 ? null : parseHostPort(text.slice(at + 1));
  if (key === null || place === null || place.port === 0) return null;
  return { id: peerIdOf(key), addresses: [multiaddrOf(place.host, place.port)] };
}

/** Puts the entries of one key together: the configuration lists a seed once for each of its ports. */
export function mergePeers(peers: readonly KnownPeer[]): KnownPeer[] {
  const merged = new Map<PeerId, Set<Multiaddr>>();
  for (const { id, addresses } of peers) {
    const known = merged.get(id) ?? new Set();
    for (const address of addresses) known.add(address);
    merged.set(id, known);
  }
  return [...merged].map(([id, addresses]) => ({ id, addresses: [...addresses] }));
}
