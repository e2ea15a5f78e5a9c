import type { ConnectionGater, MultiaddrConnection } from "@libp2p/interface";
import { formatIp, parseIp } from "../../../types/ip.ts";
import { tcpTarget } from "../multiaddr.ts";
import type { PeerId } from "../peer-id.ts";

/** Who is kept out: addresses of the configuration, and peers that misbehaved since the start. */
export class Gater {
  readonly #ips: ReadonlySet<string>;
  readonly #peers = new Set<PeerId>();

  constructor(blockedIps: readonly string[]) {
    this.#ips = new Set(blockedIps.map(canonical));
  }

  block(peer: PeerId): void {
    this.#peers.add(peer);
  }

  isBlocked(peer: PeerId): boolean {
    return this.#peers.has(peer);
  }

  /** The rules in the library's form. */
  get rules(): ConnectionGater {
    const isBlocked = (peer: { toString(): string }) => this.isBlocked(peer.toString() as PeerId);
    return {
      denyDialPeer: isBlocked,
      denyDialMultiaddr: (address) => this.#isIpBlocked(address.toString()),
      denyInboundConnection: ({ remoteAddr }: MultiaddrConnection) =>
        this.#isIpBlocked(remoteAddr.toString()),
      denyInboundEncryptedConnection: isBlocked,
      denyOutboundEncryptedConnection: isBlocked,
    };
  }

  #isIpBlocked(address: string): boolean {
    const target = tcpTarget(address.replace(/\/p2p\/[^/]*$/, ""));
    return target !== null && this.#ips.has(canonical(target.host));
  }
}

/** One spelling for every address: IPv4 also when written as IPv6. */
function canonical(ip: string): string {
  const bytes = parseIp(ip);
  return bytes === null ? ip : formatIp(bytes);
}
