import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { CodecError, QanatError } from "../../../codec/errors.ts";
import type { Signer } from "../../../crypto/signature.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import type { Channel } from "../channel.ts";
import type { PeerClock } from "../clock.ts";
import { malformed, PeerFault } from "../errors.ts";
import { MultiplexedConnection } from "../mux/multiplexed-connection.ts";
import { ReceiveBudget } from "../mux/receive-budget.ts";
import { canonicalIp, type NetAddress, netAddress } from "../net-address.ts";
import { type NodeId, nodeIdOf } from "../node-id.ts";
import { BLOCK_VERSION, COMET_VERSION, type NodeInfo, P2P_VERSION } from "../node-info.ts";
import { type OpenConnection, openConnection } from "../open-connection.ts";
import { Peer } from "../peer.ts";
import {
  type PeerAddress,
  parseHostPort,
  peerAddressText,
  type ResolveHost,
  resolvePeerAddress,
} from "../peer-address.ts";
import type { Random } from "../random.ts";
import { DialHistory } from "./dial-history.ts";
import { dialSocket } from "./dial-socket.ts";
import { Gate } from "./gate.ts";
import { Listener } from "./listener.ts";
import { type PeerCounts, PeerSet } from "./peer-set.ts";
import { Redialer } from "./redialer.ts";
import type { SwitchOptions } from "./switch-options.ts";

export interface SwitchDeps {
  /** The node's P2P key. */
  readonly signer: Signer;
  readonly clock: PeerClock;
  readonly random: Random;
  readonly resolve: ResolveHost;
  readonly logger: Logger;
}

/** What the owner of the address book wants to know. */
export interface SwitchObserver {
  /** A peer is gone, with a ban. */
  onBanned(id: NodeId, durationMs: number): void;
  /** An address is our own. */
  onSelf(address: NetAddress): void;
  onGood(id: NodeId): void;
}

/** Memory for messages of which only a part has come, over all peers. */
const RECEIVE_BUDGET_BYTES = 256 * 1024 * 1024;
const MAX_CHANNEL_ID = 0xff;

/**
 * Connects to peers and lets them connect, within the limits, and brings them together with the channels.
 *
 * A peer is known by the id of its key: there is one connection with it at most. Persistent peers are dialed again when
 * they are gone. Whoever misbehaves stays away for a time, except those whom the operator named.
 */
export class Switch {
  readonly #options: SwitchOptions;
  readonly #deps: SwitchDeps;
  readonly #ownId: NodeId;
  readonly #channels = new Map<number, Channel>();
  readonly #peers = new PeerSet();
  readonly #history: DialHistory;
  readonly #gate: Gate;
  readonly #budget = new ReceiveBudget(RECEIVE_BUDGET_BYTES);
  readonly #redialer: Redialer;
  readonly #persistent = new Map<NodeId, PeerAddress>();
  readonly #stopping = new AbortController();
  #observer: SwitchObserver | null = null;
  #listener: Listener | null = null;
  #nodeInfo: NodeInfo | null = null;
  #hadInbound = false;

  constructor(options: SwitchOptions, deps: SwitchDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#ownId = nodeIdOf(deps.signer.publicKey);
    this.#history = new DialHistory(deps.clock);
    this.#gate = new Gate(options, this.#ownId, this.#peers, deps.clock);
    for (const address of options.persistentPeers) {
      if (address.id !== this.#ownId) this.#persistent.set(address.id, address);
    }
    this.#redialer = new Redialer(options.persistentMaxPauseMs, {
      clock: deps.clock,
      random: deps.random,
      dial: (address) => this.#redial(address),
      isConnected: (id) => this.#peers.get(id) !== null,
    });
  }

  get ownId(): NodeId {
    return this.#ownId;
  }

  get counts(): PeerCounts {
    return this.#peers.counts;
  }

  get peers(): Peer[] {
    return this.#peers.all();
  }

  get history(): DialHistory {
    return this.#history;
  }

  /** Who may be connected, and who is banned. */
  get gate(): Gate {
    return this.#gate;
  }

  /** Where we accept connections; null while we do not. */
  get listening(): { readonly host: string; readonly port: number } | null {
    const { listen } = this.#options;
    return listen === null || this.#listener === null
      ? null
      : { host: listen.host, port: this.#listener.port };
  }

  /** Whether anybody has ever connected to us. */
  get hadInbound(): boolean {
    return this.#hadInbound;
  }

  peer(id: NodeId): Peer | null {
    return this.#peers.get(id);
  }

  isPersistent(id: NodeId): boolean {
    return this.#persistent.has(id);
  }

  /** Adds a channel. Only before the start. */
  register(channel: Channel): void {
    if (this.#nodeInfo !== null) throw new TypeError("channels cannot be added after the start");
    if (channel.id < 0 || channel.id > MAX_CHANNEL_ID || channel.priority <= 0) {
      throw new TypeError("a channel needs an id below 256 and a priority");
    }
    if (this.#channels.has(channel.id)) throw new TypeError(`channel ${channel.id} is registered twice`);
    this.#channels.set(channel.id, channel);
  }

  /** Tells one observer, the owner of the address book, what it wants to know. */
  observe(observer: SwitchObserver): void {
    this.#observer = observer;
  }

  /**
   * Begins to listen, and to dial the persistent peers.
   * @throws QanatError when the address cannot be listened on
   */
  async start(): Promise<void> {
    const { listen } = this.#options;
    if (listen !== null) {
      this.#listener = await Listener.open(listen.host, listen.port, (socket) => void this.#accept(socket));
    }
    this.#nodeInfo = this.#ownInfo();
    for (const address of this.#persistent.values()) this.#redialer.start(address);
  }

  /** Ends all connections; resolves when nothing is left of them. */
  async stop(): Promise<void> {
    const reason = new PeerFault("stopped", "this node stops");
    this.#stopping.abort(reason);
    this.#redialer.stop();
    const closed = this.#listener?.close();
    for (const peer of this.peers) peer.stop(reason);
    await closed;
  }

  /**
   * Connects to a peer. What it answers is remembered.
   * @throws PeerFault when that fails
   */
  async dial(address: NetAddress): Promise<Peer> {
    const label = peerAddressText({ ...address, host: address.ip });
    return await this.#remembered(label, () => this.#dial(address));
  }

  /** {@link dial} after a lookup of the host's name. */
  async dialName(address: PeerAddress): Promise<Peer> {
    return await this.#remembered(peerAddressText(address), async () => {
      return await this.#dial(await resolvePeerAddress(address, this.#deps.resolve));
    });
  }

  async #remembered(label: string, dial: () => Promise<Peer>): Promise<Peer> {
    try {
      const peer = await dial();
      this.#history.connected(label);
      return peer;
    } catch (error) {
      const fault = this.#faultOf(error);
      if (fault.kind !== "known") this.#history.failed(label, fault);
      this.#deps.logger.debug({ address: label, code: fault.code, reason: fault.message }, "dialing failed");
      throw fault;
    }
  }

  async #dial(address: NetAddress): Promise<Peer> {
    const { clock } = this.#deps;
    const { id, ip } = address;
    const obstacle = this.#gate.obstacleTo(address);
    if (obstacle !== null) throw obstacle;
    this.#peers.addDialing(id);
    try {
      const socket = await dialSocket(address, this.#options.dialTimeoutMs, clock, this.#stopping.signal);
      return await this.#withSocket(socket, ip, (stream) => this.#meet(stream, address, "outbound"));
    } catch (error) {
      const fault = this.#faultOf(error);
      if (fault.kind === "identity" && fault.data.id === this.#ownId) this.#observer?.onSelf(address);
      throw fault;
    } finally {
      this.#peers.removeDialing(id);
    }
  }

  async #accept(socket: Socket): Promise<void> {
    socket.on("error", () => {});
    const ip = canonicalIp(socket.remoteAddress ?? "");
    const isRunning = this.#nodeInfo !== null && !this.#stopping.signal.aborted;
    const refusal = ip === null || !isRunning ? "not running" : this.#gate.refusalOf(ip);
    if (ip === null || refusal !== null) {
      this.#deps.logger.debug({ ip, reason: refusal }, "refused a connection");
      socket.destroy();
      return;
    }
    this.#hadInbound = true;
    this.#peers.pendingInbound++;
    try {
      const place = { ip, port: socket.remotePort ?? 0 };
      await this.#withSocket(socket, ip, (stream) => this.#meet(stream, place, "inbound"));
    } catch (error) {
      const fault = this.#faultOf(error);
      this.#deps.logger.debug(
        { ip, code: fault.code, reason: fault.message },
        "an inbound connection failed",
      );
      this.#gate.recordFailure(ip, fault);
    } finally {
      this.#peers.pendingInbound--;
    }
  }

  /** Counts a socket by its IP from before the handshake until it is closed. */
  async #withSocket(socket: Socket, ip: string, meet: (stream: Duplex) => Promise<Peer>): Promise<Peer> {
    if (this.#gate.isIpTaken(ip)) {
      socket.destroy();
      throw new PeerFault("refused", "another peer has its IP", { ip });
    }
    this.#peers.addSocket(ip);
    socket.once("close", () => this.#peers.removeSocket(ip));
    return await meet(socket);
  }

  /** Makes a peer of a stream. */
  async #meet(
    stream: Duplex,
    place: { readonly ip: string; readonly port: number; readonly id?: NodeId },
    direction: Peer["direction"],
  ): Promise<Peer> {
    const { signer, random, clock } = this.#deps;
    const { secretTimeoutMs, nodeInfoTimeoutMs } = this.#options;
    const open = await openConnection(
      stream,
      { nodeInfo: this.#nodeInfo!, expectedId: place.id ?? null, secretTimeoutMs, nodeInfoTimeoutMs },
      { signer, random, clock, admit: (id) => this.#admit(id, direction) },
      this.#stopping.signal,
    );
    try {
      // Somebody else may have come while node infos were exchanged.
      this.#admit(open.id, direction);
      const address = netAddress(open.id, place.ip, place.port);
      if (address === null) throw new PeerFault("refused", "its address is none");
      return this.#welcome(open, address, direction);
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /** @throws PeerFault when there is no place for the peer */
  #admit(id: NodeId, direction: Peer["direction"]): void {
    this.#stopping.signal.throwIfAborted();
    this.#gate.admit(id, direction);
  }

  #welcome(open: OpenConnection, address: NetAddress, direction: Peer["direction"]): Peer {
    const { clock } = this.#deps;
    const { unconditionalIds } = this.#options;
    const { id, nodeInfo } = open;
    const channels = [...this.#channels.values()];
    const connection: MultiplexedConnection = new MultiplexedConnection(
      open.stream,
      open.session,
      { ...this.#options.connection, channels },
      {
        clock,
        budget: this.#budget,
        onMessage: (channel, message) => this.#handle(this.#channels.get(channel)!, peer, message),
        onEnd: (fault) => this.#farewell(peer, fault),
      },
    );
    const peer = new Peer(
      {
        ...{ id, nodeInfo, address, direction, connectedAtMs: clock.now() },
        isPersistent: this.isPersistent(id),
        isUnconditional: unconditionalIds.has(id),
      },
      connection,
      () => this.#observer?.onGood(id),
    );
    this.#peers.add(peer);
    this.#deps.logger.debug({ peer: id, direction, counts: this.#peers.counts }, "a peer connected");
    for (const channel of channels) {
      if (this.#peers.get(id) === peer) this.#tell(peer, () => channel.onPeer?.(peer));
    }
    connection.start();
    return peer;
  }

  #farewell(peer: Peer, fault: PeerFault): void {
    if (!this.#peers.remove(peer)) return;
    const { id } = peer;
    this.#deps.logger.debug(
      { peer: id, code: fault.code, reason: fault.message, data: fault.data },
      "a peer is gone",
    );
    for (const channel of this.#channels.values()) this.#tell(peer, () => channel.onPeerGone?.(peer, fault));
    if (this.#stopping.signal.aborted) return;
    const persistent = this.#persistent.get(id);
    if (persistent !== undefined) this.#redialer.start(persistent);
    const bannedForMs = this.#gate.recordFault(peer, fault, this.#deps.clock.now());
    if (bannedForMs === 0) return;
    this.#deps.logger.warn({ peer: id, reason: fault.message }, "a peer is banned");
    this.#observer?.onBanned(id, bannedForMs);
  }

  /** @throws PeerFault when the listener does */
  #handle(channel: Channel, peer: Peer, message: Uint8Array): void {
    try {
      channel.onMessage(peer, message);
    } catch (error) {
      throw this.#faultOf(error);
    }
  }

  #tell(peer: Peer, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      peer.stop(this.#faultOf(error));
    }
  }

  #faultOf(error: unknown): PeerFault {
    if (error instanceof PeerFault) return error;
    if (error instanceof CodecError)
      return malformed("a message does not decode", error.data, { cause: error });
    this.#deps.logger.error({ err: error }, "handling a peer failed");
    const code = error instanceof QanatError ? error.code : undefined;
    return new PeerFault("internal", "this node failed to handle the peer", { code }, { cause: error });
  }

  async #redial(address: PeerAddress): Promise<boolean> {
    if (this.#peers.get(address.id) !== null) return true;
    try {
      await this.dialName(address);
      return true;
    } catch {
      return false;
    }
  }

  #ownInfo(): NodeInfo {
    const { network, appVersion, moniker, txIndex, externalAddress } = this.#options;
    const { listening } = this;
    const place = parseHostPort(externalAddress) ?? listening ?? { host: "0.0.0.0", port: 0 };
    return {
      ...{ p2pVersion: P2P_VERSION, blockVersion: BLOCK_VERSION, appVersion, software: COMET_VERSION },
      id: this.#ownId,
      listenAddress: `tcp://${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`,
      ...{ network, moniker, txIndex, rpcAddress: "" },
      channels: Uint8Array.from(this.#channels.keys()),
    };
  }
}
