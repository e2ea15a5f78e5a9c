import type { Logger } from "../../../telemetry/logger.ts";
import type { PeerClock } from "../../comet/clock.ts";
import type { Random } from "../../comet/random.ts";
import { Backoff } from "../backoff.ts";
import { type DialFailure, reasonOf } from "../dial-failure.ts";
import type { Host } from "../host/host.ts";
import type { KnownPeer } from "../known-peer.ts";
import type { PeerId } from "../peer-id.ts";

export interface PeerConnectorDeps {
  readonly host: Pick<Host, "id" | "peers" | "connect" | "isBlocked">;
  readonly clock: PeerClock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Pauses after a peer could not be reached (oasis-core v26.1 go/p2p/peermgmt/connector.go). */
const FAILURE_PAUSE = { initialMs: 60_000, maxMs: 4 * 3600_000 };
/** Peers whose failures are remembered; the oldest is forgotten first. */
const MAX_FAILURES = 1_000;

interface Failing {
  readonly backoff: Backoff;
  readonly failure: DialFailure;
  readonly notBeforeMs: number;
}

/** Connects to peers, each at most once at a time, and not again soon after a failure. */
export class PeerConnector {
  readonly #deps: PeerConnectorDeps;
  readonly #connecting = new Map<PeerId, Promise<boolean>>();
  readonly #failing = new Map<PeerId, Failing>();

  constructor(deps: PeerConnectorDeps) {
    this.#deps = deps;
  }

  /** Who could not be reached, and why, latest last. */
  get failures(): DialFailure[] {
    return [...this.#failing.values()].map(({ failure }) => failure);
  }

  /** Connects to peers of the list until `wanted` are connected, those that were before counted. */
  async connectSome(peers: readonly KnownPeer[], wanted: number, signal: AbortSignal): Promise<void> {
    const waiting = [...peers];
    const connectOn = async () => {
      for (let peer = waiting.shift(); peer !== undefined && !signal.aborted; peer = waiting.shift()) {
        if (await this.connect(peer, signal)) return;
      }
    };
    await Promise.all(Array.from({ length: Math.min(wanted, peers.length) }, connectOn));
  }

  /** Whether the peer is connected, after an attempt to connect when it was not and one is due. */
  async connect(peer: KnownPeer, signal: AbortSignal): Promise<boolean> {
    const { host, clock } = this.#deps;
    const { id, addresses } = peer;
    if (id === host.id || addresses.length === 0 || host.isBlocked(id)) return false;
    if (host.peers.has(id)) return true;
    if (clock.now() < (this.#failing.get(id)?.notBeforeMs ?? 0)) return false;
    const ongoing = this.#connecting.get(id);
    if (ongoing !== undefined) return await ongoing;
    const attempt = this.#attempt(peer, signal).finally(() => this.#connecting.delete(id));
    this.#connecting.set(id, attempt);
    return await attempt;
  }

  async #attempt(peer: KnownPeer, signal: AbortSignal): Promise<boolean> {
    const { host, logger } = this.#deps;
    try {
      await host.connect(peer, signal);
      this.#failing.delete(peer.id);
      return true;
    } catch (error) {
      if (!signal.aborted) {
        logger.debug({ err: error, ...peer }, "a peer could not be reached");
        this.#remember(peer, error);
      }
      return false;
    }
  }

  #remember({ id, addresses }: KnownPeer, error: unknown): void {
    const { clock, random } = this.#deps;
    const backoff = this.#failing.get(id)?.backoff ?? new Backoff(FAILURE_PAUSE, random);
    const atMs = clock.now();
    const failure = { peer: id, addresses, reason: reasonOf(error), atMs };
    this.#failing.delete(id);
    this.#failing.set(id, { backoff, failure, notBeforeMs: atMs + backoff.next() });
    const oldest = this.#failing.keys().next().value;
    if (this.#failing.size > MAX_FAILURES && oldest !== undefined) this.#failing.delete(oldest);
  }
}
