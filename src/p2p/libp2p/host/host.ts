import type { Connection, Libp2p, Stream, PeerId as StreamPeer } from "@libp2p/interface";
import { QanatError } from "../../../codec/errors.ts";
import type { Signer } from "../../../crypto/signature.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import type { PeerClock } from "../../comet/clock.ts";
import type { KnownPeer } from "../known-peer.ts";
import type { Multiaddr } from "../multiaddr.ts";
import { type PeerId, peerIdOf } from "../peer-id.ts";
import { ConnectedPeers } from "./connected-peers.ts";
import { connectionsToTrim } from "./connection-trim.ts";
import { createNode, type HostNode } from "./create-node.ts";
import { Gater } from "./gater.ts";
import type { HostOptions } from "./host-options.ts";
import { type Library, loadLibrary } from "./library.ts";
import { PeerValues } from "./peer-values.ts";

export interface HostDeps {
  /** The node's P2P key. */
  readonly signer: Signer;
  readonly clock: PeerClock;
  readonly logger: Logger;
}

/** Takes a stream that a peer opened. What it throws ends the stream. */
export type StreamHandler = (stream: Stream, peer: PeerId) => Promise<void>;

/** A protocol that the host serves. */
export interface ServedProtocol {
  readonly protocol: string;
  /** Streams of the protocol on one connection. */
  readonly maxStreams: number;
  readonly handle: StreamHandler;
}

/**
 * The node on the network of ParaTime nodes: connections and streams.
 *
 * TCP with Noise and Yamux: the official node also offers TLS, and takes either (facts/runtime.md 4.1).
 */
export class Host {
  readonly id: PeerId;
  readonly peers = new ConnectedPeers();
  readonly values = new PeerValues();
  readonly #options: HostOptions;
  readonly #deps: HostDeps;
  readonly #gater: Gater;
  readonly #protected: ReadonlySet<PeerId>;
  #hadInbound = false;
  #running: { readonly node: HostNode; readonly library: Library } | null = null;

  constructor(options: HostOptions, deps: HostDeps) {
    this.#options = options;
    this.#deps = deps;
    this.id = peerIdOf(deps.signer.publicKey);
    this.#gater = new Gater(options.blockedIps);
    this.#protected = new Set(options.persistentPeers.map(({ id }) => id));
  }

  /**
   * Loads libp2p and begins to listen.
   * @throws QanatError `p2p/listen` when the address cannot be listened on
   */
  async start(served: readonly ServedProtocol[]): Promise<void> {
    const library = await loadLibrary();
    const node = await createNode(this.#options, { ...this.#deps, library, gater: this.#gater });
    this.#running = { node, library };
    this.#watch(node);
    for (const { protocol, maxStreams, handle } of served) {
      await node.handle(protocol, (stream, connection) => this.#serve(stream, connection, handle), {
        maxInboundStreams: maxStreams,
      });
    }
    try {
      await node.start();
    } catch (cause) {
      this.#running = null;
      await node.stop();
      throw listenError(this.#options, cause);
    }
    this.#deps.logger.info({ addresses: this.addresses, peer: this.id }, "listening for ParaTime nodes");
  }

  /** Closes everything. Nothing is left when it resolves. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    await running?.node.stop();
  }

  /** Where peers are told to find this node. */
  get addresses(): Multiaddr[] {
    return (this.#running?.node.getMultiaddrs() ?? []).map((address) => withoutPeer(address.toString()));
  }

  get connectionCount(): number {
    return this.#running?.node.getConnections().length ?? 0;
  }

  /** Whether anybody has ever connected to us. */
  get hadInbound(): boolean {
    return this.#hadInbound;
  }

  /** The addresses at which a connected peer can be dialled, as it told us; none when we never heard. */
  async addressesOf(peer: PeerId): Promise<Multiaddr[]> {
    const { node, library } = this.#started();
    try {
      const { addresses } = await node.peerStore.get(library.peerIdFromString(peer));
      return addresses.map(({ multiaddr }) => withoutPeer(multiaddr.toString()));
    } catch (error) {
      if (error instanceof Error && error.name === "NotFoundError") return [];
      throw error;
    }
  }

  /** The gossip router. @throws TypeError when the host has none, or is not started */
  get pubsub() {
    const { pubsub } = this.#started().node.services;
    if (pubsub === undefined) throw new TypeError("this host takes no part in gossip");
    return pubsub;
  }

  /** Connects to a peer, unless it is connected. @throws the library's error */
  async connect({ id, addresses }: KnownPeer, signal: AbortSignal): Promise<void> {
    const { node, library } = this.#started();
    if (this.peers.has(id)) return;
    const targets = addresses.map((address) => library.multiaddr(`${address}/p2p/${id}`));
    await node.dial(targets, { signal });
  }

  /** Resolves when a connected peer has told what it serves. @throws QanatError when it goes; the signal's reason */
  async identified(peer: PeerId, signal: AbortSignal): Promise<void> {
    if (this.peers.protocolsOf(peer).size > 0) return;
    const gone = new QanatError("p2p/closed", "the peer closed the connection");
    if (!this.peers.has(peer)) throw gone;
    const { protocols } = await this.peers.changes.next((change) => change.peer === peer, signal);
    if (protocols.size === 0) throw gone;
  }

  /** Opens a stream to a connected peer. @throws the library's error */
  async openStream(peer: PeerId, protocol: string, signal: AbortSignal): Promise<Stream> {
    const { node, library } = this.#started();
    return await node.dialProtocol(library.peerIdFromString(peer), protocol, { signal });
  }

  /** Closes the connections to a peer that nobody uses. */
  async closeIdle(peer: PeerId, ignored: (protocol: string) => boolean): Promise<void> {
    const connections = this.#connections().filter(
      ({ remotePeer, streams }) =>
        remotePeer.toString() === peer && streams.every(({ protocol }) => ignored(protocol)),
    );
    await Promise.all(connections.map(close));
  }

  /** Ends all connections with a peer, and allows no new ones. */
  async block(peer: PeerId): Promise<void> {
    this.#gater.block(peer);
    this.#deps.logger.warn({ peer }, "blocking a peer");
    await Promise.all(
      this.#connections()
        .filter(({ remotePeer }) => remotePeer.toString() === peer)
        .map(close),
    );
  }

  isBlocked(peer: PeerId): boolean {
    return this.#gater.isBlocked(peer);
  }

  #started(): { readonly node: HostNode; readonly library: Library } {
    if (this.#running === null) throw new QanatError("p2p/stopped", "the host is not started");
    return this.#running;
  }

  #connections(): Connection[] {
    return this.#running?.node.getConnections() ?? [];
  }

  #serve(stream: Stream, connection: Connection, handle: StreamHandler): void {
    handle(stream, textOf(connection.remotePeer)).catch((error) => {
      this.#deps.logger.debug({ err: error, protocol: stream.protocol }, "a stream ended with an error");
      stream.abort(error instanceof Error ? error : new Error(String(error)));
    });
  }

  #watch(node: Libp2p): void {
    node.addEventListener("peer:connect", ({ detail }) => this.peers.connected(textOf(detail)));
    node.addEventListener("peer:disconnect", ({ detail }) => {
      this.peers.disconnected(textOf(detail));
      this.values.forget(textOf(detail));
    });
    node.addEventListener("peer:identify", ({ detail }) =>
      this.peers.announced(textOf(detail.peerId), detail.protocols),
    );
    node.addEventListener("peer:update", ({ detail: { peer } }) => {
      if (peer.protocols.length > 0) this.peers.announced(textOf(peer.id), peer.protocols);
    });
    node.addEventListener("connection:open", ({ detail }) => {
      if (detail.direction === "inbound") this.#hadInbound = true;
      this.#trim();
    });
  }

  #trim(): void {
    const candidates = this.#connections().map((connection) => {
      const peer = textOf(connection.remotePeer);
      return {
        connection,
        openedAtMs: connection.timeline.open,
        value: this.values.valueOf(peer),
        isProtected: this.#protected.has(peer),
      };
    });
    const surplus = connectionsToTrim(candidates, this.#options.connections, this.#deps.clock.now());
    for (const { connection } of surplus) void close(connection);
  }
}

/** A connection that cannot be closed in good order is cut. */
async function close(connection: Connection): Promise<void> {
  try {
    await connection.close();
  } catch (error) {
    connection.abort(error instanceof Error ? error : new Error(String(error)));
  }
}

function textOf(peer: StreamPeer): PeerId {
  return peer.toString() as PeerId;
}

function withoutPeer(address: string): Multiaddr {
  return address.replace(/\/p2p\/[^/]*$/, "");
}

function listenError({ listen }: HostOptions, cause: unknown): QanatError {
  const place = listen === null ? "" : ` on ${listen.host}:${listen.port}`;
  return new QanatError(
    "p2p/listen",
    `cannot listen for ParaTime nodes${place}: is the port taken? It is \`p2p.port\` in the configuration`,
    { port: listen?.port },
    { cause },
  );
}
