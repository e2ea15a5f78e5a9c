import type { Disposer } from "../../../telemetry/emitter.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import type { AddressBook } from "../book/address-book.ts";
import type { Channel } from "../channel.ts";
import type { PeerClock } from "../clock.ts";
import { BAN_MS, malformed, PeerFault, type PeerFaultKind } from "../errors.ts";
import { canonicalIp, type NetAddress, netAddress } from "../net-address.ts";
import type { NodeId } from "../node-id.ts";
import type { Peer } from "../peer.ts";
import { type PeerAddress, parseHostPort, type ResolveHost, resolvePeerAddress } from "../peer-address.ts";
import { below, draw, type Random } from "../random.ts";
import { DialBackoff } from "./dial-backoff.ts";
import {
  decodePexMessage,
  encodePexAddresses,
  isBroken,
  PEX_REQUEST,
  type RawAddress,
} from "./pex-message.ts";
import type { PexNetwork } from "./pex-network.ts";
import { RequestGuard } from "./request-guard.ts";
import { SeedCrawler } from "./seed-crawler.ts";

export interface PexOptions {
  /** Whether this node only gives addresses away: it crawls the network, and lets nobody stay. */
  readonly isSeed: boolean;
  /** Nodes to ask when we know nobody else. */
  readonly seeds: readonly PeerAddress[];
  readonly maxOutbound: number;
  /** Longest pause between attempts to reach a persistent peer; 0 for no limit. */
  readonly persistentMaxPauseMs: number;
}

export interface PexDeps {
  readonly network: PexNetwork;
  readonly book: AddressBook;
  readonly clock: PeerClock;
  readonly random: Random;
  readonly resolve: ResolveHost;
  readonly logger: Logger;
}

export const PEX_CHANNEL = 0x00;
/** How often we look whether there are enough peers, and ask for more addresses. */
export const ENSURE_PEERS_INTERVAL_MS = 30_000;
/** Peers with which a node is not cut off when one or two of them go. */
const FEW_PEERS = 3;
/** How often a node with fewer than those dials what it knows: in the first seconds of a network nobody is there yet. */
export const FEW_PEERS_INTERVAL_MS = 3000;
/** Share of new addresses among what a seed gives away. */
const SEED_NEW_BIAS = 30;
/** Picks of an address for each peer that is wanted. */
const PICKS_PER_PEER = 3;
/** Host names of inbound peers that are looked up at once. */
const MAX_LOOKUPS = 8;

/** Failures to connect that say nothing about the address. */
const notItsFault: readonly PeerFaultKind[] = ["stopped", "refused", "known", "banned"];

/** Exchanges addresses of peers with peers, and connects to as many as are wanted (cometbft.md 3.1). */
export class PexReactor {
  readonly #options: PexOptions;
  readonly #deps: PexDeps;
  readonly #guard: RequestGuard;
  readonly #backoff: DialBackoff;
  readonly #crawler: SeedCrawler | null;
  readonly #seedIds: ReadonlySet<NodeId>;
  #timer: Disposer = () => {};
  #isRunning = false;
  #lastAskMs = Number.NEGATIVE_INFINITY;
  /** Whether none of the seeds answered the last time. */
  #isLackingSeeds = false;
  #lookups = 0;

  constructor(options: PexOptions, deps: PexDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#guard = new RequestGuard(deps.clock);
    this.#backoff = new DialBackoff(deps.clock, deps.random);
    this.#seedIds = new Set(options.seeds.map(({ id }) => id));
    this.#crawler = options.isSeed
      ? new SeedCrawler({
          ...deps,
          dial: (address) => this.#dial(address),
          ask: (peer) => this.#ask(peer),
          dialSeeds: options.seeds.length > 0 ? () => this.#dialSeeds() : null,
        })
      : null;
  }

  /** The channel to register with the network. */
  get channel(): Channel {
    return {
      ...{ id: PEX_CHANNEL, priority: 1, sendQueue: 10, receiveCap: 64_000 },
      onMessage: (peer, message) => this.#receive(peer, message),
      onPeer: (peer) => this.#greet(peer),
      onPeerGone: ({ id }) => this.#guard.forget(id),
    };
  }

  start(): void {
    this.#isRunning = true;
    if (this.#crawler !== null) {
      this.#crawler.start();
      return;
    }
    const { inbound, outbound, dialing } = this.#deps.network.counts;
    const isAlone = inbound + outbound + dialing === 0;
    // Nodes that start together should not ask together; who knows nobody asks at once.
    this.#ensureIn(isAlone ? 0 : this.#deps.random.fraction() * ENSURE_PEERS_INTERVAL_MS);
  }

  stop(): void {
    this.#isRunning = false;
    this.#timer();
    this.#crawler?.stop();
  }

  #ensureIn(delayMs: number): void {
    this.#timer();
    if (!this.#isRunning || this.#crawler !== null) return;
    this.#timer = this.#deps.clock.schedule(() => {
      this.#ensurePeers();
      const { inbound, outbound } = this.#deps.network.counts;
      this.#ensureIn(inbound + outbound < FEW_PEERS ? FEW_PEERS_INTERVAL_MS : ENSURE_PEERS_INTERVAL_MS);
    }, delayMs);
  }

  /** Dials as many addresses as peers are missing, and asks for more addresses. */
  #ensurePeers(): void {
    const { network, book, random, clock } = this.#deps;
    const { outbound, dialing } = network.counts;
    const missing = this.#options.maxOutbound - outbound - dialing;
    if (missing <= 0) return;
    const chosen = this.#choose(missing, Math.min(outbound, 8) * 10 + 10);
    for (const address of chosen) void this.#dial(address);
    // Who asks one peer more often is banned by it.
    if (clock.now() - this.#lastAskMs < ENSURE_PEERS_INTERVAL_MS) return;
    this.#lastAskMs = clock.now();
    if (book.wantsMore) book.reinstate();
    if (!book.wantsMore) return;
    const { peers } = network;
    if (peers.length > 0) this.#ask(peers[below(random, peers.length)]!);
    // Also when there are peers: they may not take part in the exchange.
    if (chosen.length === 0) void this.#dialSeeds();
  }

  #choose(count: number, newBias: number): NetAddress[] {
    const { network, book } = this.#deps;
    const chosen = new Map<NodeId, NetAddress>();
    for (let i = 0; i < count * PICKS_PER_PEER && chosen.size < count; i++) {
      const address = book.pick(newBias);
      if (address === null || chosen.has(address.id) || network.obstacleTo(address) !== null) continue;
      chosen.set(address.id, address);
    }
    return [...chosen.values()];
  }

  /** Dials an address unless it has to wait. @returns the peer; null when there is none */
  async #dial(address: NetAddress): Promise<Peer | null> {
    const { network, book } = this.#deps;
    const isPersistent = network.isPersistent(address.id);
    const verdict = this.#backoff.verdict(address);
    if (verdict === "give up" && !isPersistent) {
      this.#backoff.forget(address);
      book.ban(address.id, BAN_MS);
      return null;
    }
    if (verdict === "wait") return null;
    try {
      const peer = await network.dial(address);
      this.#backoff.forget(address);
      return peer;
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      if (notItsFault.includes(error.kind)) return null;
      book.markAttempt(address.id);
      this.#backoff.failed(address, isPersistent ? this.#options.persistentMaxPauseMs : 0);
      return null;
    }
  }

  /** Dials the seeds in random order until one answers. */
  async #dialSeeds(): Promise<void> {
    const { network, random, logger } = this.#deps;
    const seeds = draw(random, [...this.#options.seeds]);
    for (const seed of seeds) {
      if (!this.#isRunning || network.peers.some(({ id }) => id === seed.id)) return;
      try {
        await network.dialName(seed);
        this.#isLackingSeeds = false;
        return;
      } catch (error) {
        if (!(error instanceof PeerFault)) throw error;
        logger.debug({ seed: seed.id, code: error.code, reason: error.message }, "a seed does not answer");
      }
    }
    if (seeds.length === 0 || !this.#isRunning) return;
    if (!this.#isLackingSeeds) logger.warn({ seeds: seeds.length }, "no seed answers");
    this.#isLackingSeeds = true;
    // Nobody was asked, so nobody minds when we are back soon.
    if (network.peers.length === 0) this.#lastAskMs = Number.NEGATIVE_INFINITY;
  }

  #greet(peer: Peer): void {
    // Who connects to us is not trusted to name others before somebody else has named it. A seed of ours is: it may come
    // before we get to it, and then refuses our own connection as one too many.
    const isTrusted = peer.direction === "outbound" || this.#seedIds.has(peer.id);
    if (!isTrusted) void this.#addSelfReported(peer);
    else if (this.#deps.book.wantsMore) this.#ask(peer);
  }

  #ask(peer: Peer): void {
    if (peer.hasChannel(PEX_CHANNEL) && this.#guard.askIt(peer.id)) peer.trySend(PEX_CHANNEL, PEX_REQUEST);
  }

  /** Adds the address at which an inbound peer says that it listens. A numeric one is there when this returns. */
  async #addSelfReported(peer: Peer): Promise<void> {
    const place = parseHostPort(peer.nodeInfo.listenAddress);
    if (place === null) return;
    const known = netAddress(peer.id, place.host, place.port);
    if (known !== null) {
      this.#deps.book.add(known, known);
      return;
    }
    if (this.#lookups >= MAX_LOOKUPS) return;
    this.#lookups++;
    try {
      const address = await resolvePeerAddress({ id: peer.id, ...place }, this.#deps.resolve);
      this.#deps.book.add(address, address);
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
    } finally {
      this.#lookups--;
    }
  }

  #receive(peer: Peer, bytes: Uint8Array): void {
    const message = decodePexMessage(bytes);
    if (message === null) throw malformed("it sends an unknown message on the PEX channel");
    if (message.type === "request") this.#answer(peer);
    else this.#learn(peer, message.addresses);
  }

  #answer(peer: Peer): void {
    const { book } = this.#deps;
    if (this.#options.isSeed && peer.direction === "inbound") {
      // The connection is ending already when it asks again.
      if (this.#guard.hasAsked(peer.id)) return;
      this.#guard.ask(peer.id);
      peer.trySend(PEX_CHANNEL, encodePexAddresses(book.selectionWithBias(SEED_NEW_BIAS)));
      peer.finish("a seed answers once");
      return;
    }
    this.#guard.ask(peer.id);
    peer.trySend(PEX_CHANNEL, encodePexAddresses(book.selection()));
  }

  /** @throws PeerFault when the peer was not asked, or one of the addresses is broken */
  #learn(peer: Peer, raw: readonly RawAddress[]): void {
    const ips = raw.map(({ ip }) => canonicalIp(ip));
    if (raw.some((address, i) => isBroken(address, ips[i]!))) {
      throw new PeerFault("malformed", "it sends addresses that are none", {}, { banMs: BAN_MS });
    }
    this.#guard.answer(peer.id);
    const source = sourceOf(peer);
    for (const { id, ip, port } of raw) {
      const address = netAddress(id, ip, port);
      if (address !== null) this.#deps.book.add(address, source);
    }
    if (this.#seedIds.has(peer.id)) this.#ensureIn(0);
  }
}

/** Where a peer is for those who ask who told us: where it listens, or where it connected from. */
function sourceOf(peer: Peer): NetAddress {
  const place = parseHostPort(peer.nodeInfo.listenAddress);
  return (place === null ? null : netAddress(peer.id, place.host, place.port)) ?? peer.address;
}
