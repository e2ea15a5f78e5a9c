import { Emitter } from "../../../telemetry/emitter.ts";
import type { PeerId } from "../peer-id.ts";

/** A change of what a connected peer announces, or that it is gone (no protocols). */
export interface PeerChange {
  readonly peer: PeerId;
  readonly protocols: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** The peers that are connected, with the protocols they announce. */
export class ConnectedPeers {
  readonly #protocols = new Map<PeerId, ReadonlySet<string>>();
  readonly #changes = new Emitter<PeerChange>();

  readonly changes: Pick<Emitter<PeerChange>, "subscribe" | "next"> = this.#changes;

  get size(): number {
    return this.#protocols.size;
  }

  has(peer: PeerId): boolean {
    return this.#protocols.has(peer);
  }

  get all(): PeerId[] {
    return [...this.#protocols.keys()];
  }

  /** What a peer announces; nothing before it was asked, and when it is gone. */
  protocolsOf(peer: PeerId): ReadonlySet<string> {
    return this.#protocols.get(peer) ?? NONE;
  }

  /** Peers that announce the protocol. */
  supporting(protocol: string): PeerId[] {
    return this.all.filter((peer) => this.#protocols.get(peer)?.has(protocol));
  }

  connected(peer: PeerId): void {
    if (!this.#protocols.has(peer)) this.#protocols.set(peer, NONE);
  }

  /** What a peer announced, at first or anew. Late news of a peer that is gone is nothing. */
  announced(peer: PeerId, protocols: Iterable<string>): void {
    const known = this.#protocols.get(peer);
    if (known === undefined) return;
    const announced = new Set(protocols);
    if (known.size === announced.size && [...announced].every((protocol) => known.has(protocol))) return;
    this.#protocols.set(peer, announced);
    this.#changes.emit({ peer, protocols: announced });
  }

  disconnected(peer: PeerId): void {
    if (this.#protocols.delete(peer)) this.#changes.emit({ peer, protocols: NONE });
  }
}
