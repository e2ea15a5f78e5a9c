import type { NodeId } from "../node-id.ts";
import type { Peer } from "../peer.ts";

/** Connected peers outside the unconditional ones, and how many are being dialed. */
export interface PeerCounts {
  readonly inbound: number;
  readonly outbound: number;
  readonly dialing: number;
}

/** Who is connected or being connected to, by id and by IP. */
export class PeerSet {
  readonly #peers = new Map<NodeId, Peer>();
  readonly #dialing = new Set<NodeId>();
  /** Open sockets by IP, those of connections that are still being made included. */
  readonly #sockets = new Map<string, number>();
  /** Connections from others that are still being made. */
  pendingInbound = 0;

  get(id: NodeId): Peer | null {
    return this.#peers.get(id) ?? null;
  }

  all(): Peer[] {
    return [...this.#peers.values()];
  }

  isDialing(id: NodeId): boolean {
    return this.#dialing.has(id);
  }

  hasIp(ip: string): boolean {
    return this.#sockets.has(ip);
  }

  get counts(): PeerCounts {
    let [inbound, outbound] = [0, 0];
    for (const { isUnconditional, direction } of this.#peers.values()) {
      if (isUnconditional) continue;
      if (direction === "inbound") inbound++;
      else outbound++;
    }
    return { inbound, outbound, dialing: this.#dialing.size };
  }

  add(peer: Peer): void {
    this.#peers.set(peer.id, peer);
  }

  /** @returns whether it was there */
  remove(peer: Peer): boolean {
    return this.#peers.get(peer.id) === peer && this.#peers.delete(peer.id);
  }

  addDialing(id: NodeId): void {
    this.#dialing.add(id);
  }

  removeDialing(id: NodeId): void {
    this.#dialing.delete(id);
  }

  addSocket(ip: string): void {
    this.#sockets.set(ip, (this.#sockets.get(ip) ?? 0) + 1);
  }

  removeSocket(ip: string): void {
    const left = (this.#sockets.get(ip) ?? 0) - 1;
    if (left > 0) this.#sockets.set(ip, left);
    else this.#sockets.delete(ip);
  }
}
