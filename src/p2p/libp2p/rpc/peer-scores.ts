import type { Disposer } from "../../../telemetry/emitter.ts";
import { draw, type Random } from "../../comet/random.ts";
import type { PeerChange } from "../host/connected-peers.ts";
import type { PeerId } from "../peer-id.ts";

/** Weights of a new measurement in the averages: 1/10 for the peer's, 1/25 for everybody's. */
const PEER_INVERSE_ALPHA = 10;
const GLOBAL_INVERSE_ALPHA = 25;
/** Peers that were never asked count as a bit better than the average, so that they are tried. */
const NEW_PEER_FACTOR = 0.9;
/** So many of the best are asked in random order. */
const SHUFFLED = 5;

interface Figures {
  successes: number;
  failures: number;
  latencyMs: number;
}

/** The connected peers as {@link PeerScores} needs them. */
export interface ProtocolPeers {
  readonly all: readonly PeerId[];
  supporting(protocol: string): PeerId[];
  readonly changes: { subscribe(listener: (change: PeerChange) => void): Disposer };
}

/**
 * The peers that serve one protocol, and who of them answers best: by mean latency, and by the share of failures times
 * everybody's mean latency (oasis-core v26.1 go/p2p/rpc/peermgmt.go).
 */
export class PeerScores {
  readonly #protocol: string;
  readonly #random: Random;
  readonly #figures = new Map<PeerId, Figures>();
  readonly #ignored = new Set<PeerId>();
  readonly #dispose: Disposer;
  #latencyMs = 0;

  constructor(protocol: string, { peers, random }: { peers: ProtocolPeers; random: Random }) {
    this.#protocol = protocol;
    this.#random = random;
    this.#dispose = peers.changes.subscribe((change) => this.#onChange(change));
    for (const peer of peers.supporting(protocol)) this.#add(peer);
  }

  stop(): void {
    this.#dispose();
  }

  get size(): number {
    return this.#figures.size;
  }

  /** Peers in the order in which to ask them. @param among only these, when given */
  best(among?: ReadonlySet<PeerId>): PeerId[] {
    const peers = [...this.#figures].filter(([peer]) => among === undefined || among.has(peer));
    const ranked = peers
      .map(([peer, figures]) => ({ peer, score: this.#scoreOf(figures) }))
      .sort((a, b) => a.score - b.score)
      .map(({ peer }) => peer);
    const first = draw(this.#random, ranked.slice(0, SHUFFLED));
    return [...first, ...ranked.slice(SHUFFLED)];
  }

  succeeded(peer: PeerId, latencyMs: number): void {
    const figures = this.#figures.get(peer);
    if (figures === undefined) return;
    figures.successes++;
    figures.latencyMs = moved(figures.latencyMs, latencyMs, PEER_INVERSE_ALPHA);
    this.#latencyMs = moved(this.#latencyMs, latencyMs, GLOBAL_INVERSE_ALPHA);
  }

  failed(peer: PeerId, latencyMs: number): void {
    const figures = this.#figures.get(peer);
    if (figures === undefined) return;
    figures.failures++;
    figures.latencyMs = moved(figures.latencyMs, latencyMs, PEER_INVERSE_ALPHA);
  }

  /** Never asks the peer again. */
  ignore(peer: PeerId): void {
    this.#ignored.add(peer);
    this.#figures.delete(peer);
  }

  #scoreOf({ successes, failures, latencyMs }: Figures): number {
    const asked = successes + failures;
    if (asked === 0) return NEW_PEER_FACTOR * this.#latencyMs;
    return latencyMs + (failures / asked) * this.#latencyMs;
  }

  #onChange({ peer, protocols }: PeerChange): void {
    if (protocols.has(this.#protocol)) this.#add(peer);
    else this.#figures.delete(peer);
  }

  #add(peer: PeerId): void {
    if (this.#figures.has(peer) || this.#ignored.has(peer)) return;
    this.#figures.set(peer, { successes: 0, failures: 0, latencyMs: 0 });
  }
}

function moved(average: number, value: number, inverseAlpha: number): number {
  return average === 0 ? value : average + (value - average) / inverseAlpha;
}
