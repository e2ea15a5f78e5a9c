import type { Disposer } from "../../../telemetry/emitter.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import type { PeerClock } from "../../comet/clock.ts";
import { draw, type Random } from "../../comet/random.ts";
import type { KnownPeer } from "../known-peer.ts";
import type { PeerConnector } from "./peer-connector.ts";
import type { RegisteredPeers } from "./registered-peers.ts";

/** How many peers are wanted for a protocol or topic. */
export interface Wanted {
  /** Of these, so many of the registry, while fewer are connected. */
  readonly min: number;
  /** So many, whoever they are. */
  readonly total: number;
}

export interface PeerManagerDeps {
  readonly connector: Pick<PeerConnector, "connect" | "connectSome">;
  readonly registered: Pick<RegisteredPeers, "serving">;
  /** Who knows more peers; asked in random order until one knows some. */
  readonly seeds: readonly { find(name: string, signal: AbortSignal): Promise<KnownPeer[]> }[];
  readonly persistentPeers: readonly KnownPeer[];
  /** Connected peers that serve a protocol or topic. */
  readonly count: (name: string) => number;
  readonly clock: PeerClock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Between looks whether peers are missing (oasis-core v26.1 go/p2p/peermgmt/peermgr.go). */
export const MONITOR_MS = 1_000;

/** Keeps enough peers connected for every protocol and topic that the node uses. */
export class PeerManager {
  readonly #deps: PeerManagerDeps;
  readonly #wanted = new Map<string, Wanted>();
  #cancel: Disposer = () => {};

  constructor(deps: PeerManagerDeps) {
    this.#deps = deps;
  }

  /** Wants peers for a protocol or topic from now on, or another number of them. */
  track(name: string, wanted: Wanted): void {
    this.#wanted.set(name, wanted);
  }

  untrack(name: string): void {
    this.#wanted.delete(name);
  }

  get tracked(): string[] {
    return [...this.#wanted.keys()];
  }

  /** Looks for peers until the signal aborts. */
  start(signal: AbortSignal): void {
    const look = async () => {
      try {
        await this.connectMissing(signal);
      } catch (error) {
        if (!signal.aborted) this.#deps.logger.warn({ err: error }, "looking for peers failed");
      }
      if (!signal.aborted) this.#cancel = this.#deps.clock.schedule(look, MONITOR_MS);
    };
    signal.addEventListener("abort", () => this.#cancel(), { once: true });
    void look();
  }

  /** One look: who is missing is dialled, first registered nodes, then those that seeds know. */
  async connectMissing(signal: AbortSignal): Promise<void> {
    const { connector, persistentPeers, registered, count, random } = this.#deps;
    const persistent = persistentPeers.map((peer) => connector.connect(peer, signal));
    const missing = [...this.#wanted].map(async ([name, { min, total }]) => {
      if (count(name) < min) {
        await connector.connectSome(draw(random, registered.serving(name)), min - count(name), signal);
      }
      if (count(name) < total) {
        await connector.connectSome(await this.#discover(name, signal), total - count(name), signal);
      }
    });
    await Promise.all([...persistent, ...missing]);
  }

  async #discover(name: string, signal: AbortSignal): Promise<KnownPeer[]> {
    for (const seed of draw(this.#deps.random, [...this.#deps.seeds])) {
      const peers = await seed.find(name, signal);
      if (peers.length > 0) return peers;
    }
    return [];
  }
}
