import type { Logger } from "../../../telemetry/logger.ts";
import { bootstrapErrors } from "../../../types/errors.ts";
import type { PeerClock } from "../../comet/clock.ts";
import { draw, type Random } from "../../comet/random.ts";
import { Backoff } from "../backoff.ts";
import { type DialFailure, reasonOf } from "../dial-failure.ts";
import type { Host } from "../host/host.ts";
import type { KnownPeer } from "../known-peer.ts";
import { RpcClient } from "../rpc/rpc-client.ts";
import { advertise, BOOTSTRAP_PROTOCOL, discover } from "./bootstrap-protocol.ts";
import { decodePeer } from "./peer-json.ts";

export interface BootstrapClientOptions {
  readonly seed: KnownPeer;
  /** How long what the seed said is good for. */
  readonly retentionMs: number;
}

export interface BootstrapClientDeps {
  readonly host: Host;
  readonly clock: PeerClock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Pauses after a seed failed (oasis-core v26.1 go/p2p/discovery/bootstrap/client.go). */
const FAILURE_PAUSE = { initialMs: 60_000, maxMs: 3600_000 };
/** How long a seed that broke the protocol is not asked. */
const MALICIOUS_MS = 24 * 3600_000;
/** A seed that knew nobody is asked again soon: others may come. */
const EMPTY_MS = 60_000;
/** Peers of one answer that are kept, as many as a seed may give. */
const MAX_PEERS = 1_000;
const NS_PER_MS = 1_000_000n;
/** Streams of these protocols do not keep the connection to a seed open. */
const BACKGROUND = /^\/ipfs\//;

interface Cached {
  readonly peers: readonly KnownPeer[];
  readonly untilMs: number;
}

/** Asks one seed. Its connection is closed when nothing else uses it: there is little to ask. */
export class BootstrapClient {
  readonly seed: KnownPeer;
  readonly #retentionMs: number;
  readonly #deps: BootstrapClientDeps;
  readonly #rpc: RpcClient;
  readonly #backoff: Backoff;
  readonly #cache = new Map<string, Cached>();
  readonly #asking = new Map<string, Promise<void>>();
  #notBeforeMs = 0;
  #failure: DialFailure | null = null;
  #users = 0;

  constructor({ seed, retentionMs }: BootstrapClientOptions, deps: BootstrapClientDeps) {
    this.seed = seed;
    this.#retentionMs = retentionMs;
    this.#deps = deps;
    this.#rpc = new RpcClient(BOOTSTRAP_PROTOCOL, { ...deps, scores: null });
    this.#backoff = new Backoff(FAILURE_PAUSE, deps.random);
  }

  /** Why the seed could not be reached or asked the last time; null when it could. */
  get failure(): DialFailure | null {
    return this.#failure;
  }

  /**
   * Tells the seed that this node serves `name`.
   * @returns milliseconds for which the seed remembers
   * @throws what went wrong
   */
  async advertise(name: string, signal: AbortSignal): Promise<number> {
    const { ttl } = await this.#connected(signal, async () => {
      const answer = await this.#rpc.call([this.seed.id], advertise, { namespace: name }, signal);
      return answer.value;
    });
    return Number(ttl / NS_PER_MS);
  }

  /** Peers that serve `name` in random order, from the last answer while that is fresh. Never throws for the seed's sake. */
  async find(name: string, signal: AbortSignal): Promise<KnownPeer[]> {
    const now = this.#deps.clock.now();
    const cached = this.#cache.get(name);
    if (now >= this.#notBeforeMs && (cached === undefined || now >= cached.untilMs)) {
      const asking = this.#asking.get(name) ?? this.#ask(name, signal);
      this.#asking.set(name, asking);
      await asking.finally(() => this.#asking.delete(name));
    }
    return draw(this.#deps.random, [...(this.#cache.get(name)?.peers ?? [])]);
  }

  async #ask(name: string, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    const request = { namespace: name, limit: 0n };
    try {
      const answer = await this.#connected(signal, () =>
        this.#rpc.call([this.seed.id], discover, request, signal),
      );
      const peers = (answer.value.peers ?? []).slice(0, MAX_PEERS).map(decodePeer);
      if (!peers.every((peer) => peer !== null)) throw bootstrapErrors.maliciousSeed();
      const freshMs = peers.length === 0 ? Math.min(EMPTY_MS, this.#retentionMs) : this.#retentionMs;
      this.#cache.set(name, { peers, untilMs: clock.now() + freshMs });
      this.#backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      logger.debug({ err: error, seed: this.seed.id }, "asking a seed failed");
      this.#fail(error);
      if (bootstrapErrors.maliciousSeed.matches(error)) {
        this.#cache.clear();
        this.#notBeforeMs = clock.now() + MALICIOUS_MS;
      } else {
        this.#notBeforeMs = clock.now() + this.#backoff.next();
      }
    }
  }

  async #connected<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    const { host } = this.#deps;
    this.#users++;
    try {
      await host.connect(this.seed, signal);
      await host.identified(this.seed.id, signal);
      const value = await run();
      this.#failure = null;
      return value;
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
      throw error;
    } finally {
      this.#users--;
      if (this.#users === 0) await host.closeIdle(this.seed.id, (protocol) => BACKGROUND.test(protocol));
    }
  }

  #fail(error: unknown): void {
    const { id, addresses } = this.seed;
    this.#failure = { peer: id, addresses, reason: reasonOf(error), atMs: this.#deps.clock.now() };
  }
}
