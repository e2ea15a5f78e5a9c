import type { Signer } from "../../crypto/signature.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { PeerClock } from "../comet/clock.ts";
import { draw, type Random } from "../comet/random.ts";
import type { DialFailure } from "./dial-failure.ts";
import { advertiseAlways } from "./discovery/advertiser.ts";
import { BootstrapClient } from "./discovery/bootstrap-client.ts";
import { Throttle } from "./gossip/throttle.ts";
import { Topic, type TopicHandler } from "./gossip/topic.ts";
import { Host } from "./host/host.ts";
import { IMPORTANCE } from "./host/peer-values.ts";
import type { KnownPeer } from "./known-peer.ts";
import type { Multiaddr } from "./multiaddr.ts";
import { BYTES_OF_WAITING_MESSAGE, type CommitteeNetworkOptions } from "./network-options.ts";
import type { PeerId } from "./peer-id.ts";
import { PeerBackup, SAVE_INTERVAL_MS } from "./peers/peer-backup.ts";
import { PeerConnector } from "./peers/peer-connector.ts";
import { PeerManager, type Wanted } from "./peers/peer-manager.ts";
import { RegisteredPeers } from "./peers/registered-peers.ts";
import { PeerScores } from "./rpc/peer-scores.ts";
import { RpcClient } from "./rpc/rpc-client.ts";
import { type RpcService, rpcServer } from "./rpc/rpc-server.ts";

export interface CommitteeNetworkDeps {
  /** The node's P2P key. */
  readonly signer: Signer;
  readonly clock: PeerClock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The network as `control status` shows it. */
export interface CommitteeNetworkReport {
  readonly addresses: readonly Multiaddr[];
  readonly peers: number;
  readonly connections: number;
  /** Connected peers by protocol and by topic that the node uses. */
  readonly protocols: ReadonlyMap<string, number>;
  readonly topics: ReadonlyMap<string, number>;
  /** Peers that could not be reached, latest last, and after them such seeds. */
  readonly failures: readonly DialFailure[];
}

/** A protocol that the node uses: its peers, best first, and calls to them. */
export interface ProtocolClient {
  readonly rpc: RpcClient;
  readonly scores: PeerScores;
}

/** Peers that are wanted for a topic (oasis-core v26.1 go/p2p/p2p.go). */
const TOPIC_PEERS: Wanted = { min: 10, total: 20 };
/** Peers of the last run that are dialled at the start. */
const MAX_RESTORED = 100;
/** Name under which a node that is no seed keeps all its peers. */
const ALL = "";

/**
 * The network of ParaTime nodes: calls between nodes, gossip, and finding the peers for both.
 *
 * Services and topics are added before the start.
 */
export class CommitteeNetwork {
  readonly registered: RegisteredPeers;
  readonly #options: CommitteeNetworkOptions;
  readonly #deps: CommitteeNetworkDeps;
  readonly #host: Host;
  readonly #manager: PeerManager;
  readonly #connector: PeerConnector;
  readonly #seeds: readonly BootstrapClient[];
  readonly #backup: PeerBackup | null;
  readonly #throttle: Throttle;
  readonly #services: RpcService[] = [];
  readonly #topics = new Map<string, Topic<never>>();
  readonly #clients: PeerScores[] = [];
  readonly #stopping = new AbortController();
  #saving: Disposer = () => {};

  constructor(options: CommitteeNetworkOptions, deps: CommitteeNetworkDeps) {
    this.#options = options;
    this.#deps = deps;
    const { outboundQueue, validateQueue, total } = options.gossip;
    this.#host = new Host(
      {
        ...options,
        gossip: {
          maxOutboundBytes: outboundQueue * BYTES_OF_WAITING_MESSAGE,
          messageConcurrency: validateQueue,
        },
      },
      deps,
    );
    this.registered = new RegisteredPeers(options.chainContext);
    this.#throttle = new Throttle(total);
    this.#connector = new PeerConnector({ ...deps, host: this.#host });
    this.#seeds = options.seeds
      .filter(({ id }) => id !== this.#host.id)
      .map(
        (seed) =>
          new BootstrapClient({ seed, retentionMs: options.retentionMs }, { ...deps, host: this.#host }),
      );
    this.#manager = new PeerManager({
      ...deps,
      connector: this.#connector,
      registered: this.registered,
      seeds: this.#seeds,
      persistentPeers: options.persistentPeers,
      count: (name) => this.#count(name),
    });
    this.#backup = options.peersPath === null ? null : new PeerBackup(options.peersPath, deps.logger);
  }

  get id(): PeerId {
    return this.#host.id;
  }

  /** Whether anybody has ever connected to us. */
  get hadInbound(): boolean {
    return this.#host.hadInbound;
  }

  /** Answers a protocol, and tells seeds so. Only before the start. */
  serve(service: RpcService): void {
    this.#services.push(service);
  }

  /** Uses a protocol: peers for it are looked for and scored. */
  use(protocol: string, wanted: Wanted): ProtocolClient {
    this.#manager.track(protocol, wanted);
    const scores = new PeerScores(protocol, { peers: this.#host.peers, random: this.#deps.random });
    this.#clients.push(scores);
    return { scores, rpc: new RpcClient(protocol, { ...this.#deps, host: this.#host, scores }) };
  }

  /** Takes part in a topic, and tells seeds so. Only before the start. */
  topic<T>(id: string, handler: TopicHandler<T>): Topic<T> {
    const topic = new Topic(id, handler, {
      ...this.#deps,
      throttle: new Throttle(this.#options.gossip.perTopic, this.#throttle),
      signal: this.#stopping.signal,
    });
    this.#topics.set(id, topic as unknown as Topic<never>);
    this.#manager.track(id, TOPIC_PEERS);
    return topic;
  }

  /** Begins to listen, to serve, and to look for peers. @throws QanatError `p2p/listen` */
  async start(): Promise<void> {
    const { signal } = this.#stopping;
    await this.#host.start(this.#services.map((service) => rpcServer(service, { ...this.#deps, signal })));
    for (const topic of this.#topics.values()) topic.join(this.#host.pubsub);
    this.#reconnect();
    this.#manager.start(signal);
    const served = [...this.#services.map(({ protocol }) => protocol), ...this.#topics.keys()];
    advertiseAlways(served, signal, { ...this.#deps, seeds: this.#seeds });
    this.#scheduleSaving();
  }

  /** Ends everything. Nothing is left when it resolves. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#saving();
    await this.#save();
    this.#stopping.abort(new Error("the node stops"));
    for (const scores of this.#clients) scores.stop();
    await this.#host.stop();
  }

  /** Peers that must stay connected sooner than others, for a reason of that name, from now on only these. */
  setImportant(reason: string, peers: readonly PeerId[]): void {
    this.#host.values.tagOnly(peers, `${IMPORTANCE}${reason}`, IMPORTANT_VALUE);
  }

  report(): CommitteeNetworkReport {
    const tracked = this.#manager.tracked.map((name) => [name, this.#count(name)] as const);
    return {
      addresses: this.#host.addresses,
      peers: this.#host.peers.size,
      connections: this.#host.connectionCount,
      protocols: new Map(tracked.filter(([name]) => !this.#topics.has(name))),
      topics: new Map(tracked.filter(([name]) => this.#topics.has(name))),
      failures: [...this.#connector.failures, ...this.#seeds.flatMap(({ failure }) => failure ?? [])],
    };
  }

  /** Connected peers that serve a protocol. */
  supporting(protocol: string): PeerId[] {
    return this.#host.peers.supporting(protocol);
  }

  #count(name: string): number {
    return this.#topics.get(name)?.peerCount ?? this.#host.peers.supporting(name).length;
  }

  #reconnect(): void {
    const known = this.#backup?.load().get(ALL) ?? [];
    const { signal } = this.#stopping;
    void this.#connector.connectSome(draw(this.#deps.random, [...known], MAX_RESTORED), MAX_RESTORED, signal);
  }

  #scheduleSaving(): void {
    this.#saving = this.#deps.clock.schedule(async () => {
      await this.#save();
      if (!this.#stopping.signal.aborted) this.#scheduleSaving();
    }, SAVE_INTERVAL_MS);
  }

  /** Keeps the connected peers for the next run. */
  async #save(): Promise<void> {
    if (this.#backup === null) return;
    const peers = await Promise.all(
      this.#host.peers.all.map(async (id): Promise<KnownPeer> => {
        return { id, addresses: await this.#host.addressesOf(id) };
      }),
    );
    const reachable = peers.filter(({ addresses }) => addresses.length > 0);
    if (reachable.length > 0) this.#backup.save(new Map([[ALL, reachable]]));
  }
}

/** Value of an important peer (oasis-core v26.1 go/p2p/api/importance.go). */
const IMPORTANT_VALUE = 1000;
