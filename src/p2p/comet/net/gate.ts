import type { PeerClock } from "../clock.ts";
import { PeerFault } from "../errors.ts";
import type { NetAddress } from "../net-address.ts";
import type { NodeId } from "../node-id.ts";
import type { Peer } from "../peer.ts";
import type { PeerSet } from "./peer-set.ts";
import { type Standing, Standings } from "./standings.ts";
import type { SwitchOptions } from "./switch-options.ts";

export type GateOptions = Pick<
  SwitchOptions,
  "maxInbound" | "persistentPeers" | "unconditionalIds" | "allowsDuplicateIp"
>;

/** Connections from others that are still being made. */
export const MAX_PENDING_INBOUND = 32;

/** Decides who may be connected: limits, bans, one connection a peer and, unless allowed otherwise, one an IP. */
export class Gate {
  readonly #options: GateOptions;
  readonly #ownId: NodeId;
  readonly #peers: PeerSet;
  readonly #trusted: ReadonlySet<NodeId>;
  readonly #byId: Standings<NodeId>;
  readonly #byIp: Standings<string>;

  constructor(options: GateOptions, ownId: NodeId, peers: PeerSet, clock: PeerClock) {
    this.#options = options;
    this.#ownId = ownId;
    this.#peers = peers;
    this.#trusted = new Set([...options.persistentPeers.map(({ id }) => id), ...options.unconditionalIds]);
    this.#byId = new Standings(clock);
    this.#byIp = new Standings(clock);
  }

  /** Whether the operator named the peer: it is never banned. */
  isTrusted(id: NodeId): boolean {
    return this.#trusted.has(id);
  }

  isBanned(id: NodeId): boolean {
    return !this.isTrusted(id) && this.#byId.isBanned(id);
  }

  standing(id: NodeId): Standing {
    return this.#byId.of(id);
  }

  /** Everybody who is banned now. */
  banned(): { readonly name: string; readonly standing: Standing }[] {
    return [...this.#byId.banned(), ...this.#byIp.banned()];
  }

  /** Why dialing the address makes no sense now; null when it does. */
  obstacleTo({ id, ip }: NetAddress): PeerFault | null {
    if (id === this.#ownId) return new PeerFault("identity", "it is this node itself", { id });
    if (this.#peers.get(id) !== null) return new PeerFault("known", "it is connected already", { id });
    if (this.#peers.isDialing(id)) return new PeerFault("known", "it is being dialed already", { id });
    if (this.isBanned(id)) return this.#banOf(id);
    return this.isIpTaken(ip) ? new PeerFault("refused", "another peer has its IP", { ip }) : null;
  }

  isIpTaken(ip: string): boolean {
    return !this.#options.allowsDuplicateIp && this.#peers.hasIp(ip);
  }

  /** Why nobody may connect from an IP now, before a byte is exchanged; null when they may. */
  refusalOf(ip: string): string | null {
    const { maxInbound, unconditionalIds, allowsDuplicateIp } = this.#options;
    if (!allowsDuplicateIp && this.#byIp.isBanned(ip)) return "its IP is banned";
    if (this.isIpTaken(ip)) return "its IP is connected";
    if (this.#peers.pendingInbound >= MAX_PENDING_INBOUND) return "too many connections are being made";
    const inbound = this.#peers.all().filter(({ direction }) => direction === "inbound").length;
    return inbound >= maxInbound + unconditionalIds.size ? "there are enough inbound peers" : null;
  }

  /** @throws PeerFault when there is no place for a peer whose id is known by now */
  admit(id: NodeId, direction: Peer["direction"]): void {
    const { maxInbound, unconditionalIds } = this.#options;
    if (this.isBanned(id)) throw this.#banOf(id);
    if (this.#peers.get(id) !== null) throw new PeerFault("known", "it is connected already", { id });
    if (direction === "outbound") return;
    // Two nodes that dial each other at once would each refuse the other: the smaller id's connection counts.
    if (this.#peers.isDialing(id) && this.#ownId < id) {
      throw new PeerFault("known", "it is being dialed by us", { id });
    }
    if (this.#peers.counts.inbound >= maxInbound && !unconditionalIds.has(id)) {
      throw new PeerFault("refused", "there are enough inbound peers", { id });
    }
  }

  /** Holds against an IP that a connection from it failed. */
  recordFailure(ip: string, fault: PeerFault): void {
    this.#byIp.record(ip, fault);
  }

  /** Holds a fault against a peer and its IP. @returns how long the peer is banned, in milliseconds; 0 when it is not */
  recordFault({ id, address }: Peer, fault: PeerFault, nowMs: number): number {
    if (this.isTrusted(id)) return 0;
    // An IP may be shared: what one peer is banned for counts only by its points there.
    this.#byIp.record(address.ip, new PeerFault(fault.kind, fault.message));
    return this.#byId.record(id, fault) ? this.#byId.of(id).bannedUntilMs - nowMs : 0;
  }

  #banOf(id: NodeId): PeerFault {
    return new PeerFault("banned", "it is banned", { id, reason: this.#byId.of(id).reason });
  }
}
