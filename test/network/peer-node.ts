import type { Application } from "../../src/chain/application.ts";
import { ChainEngine } from "../../src/chain/chain-engine.ts";
import { systemClock } from "../../src/chain/clock.ts";
import type { ConsensusSigner } from "../../src/chain/consensus-signature.ts";
import type { ChainGenesis } from "../../src/chain/genesis.ts";
import { ConsensusReactor } from "../../src/chain/gossip/consensus-reactor.ts";
import { EvidenceReactor } from "../../src/chain/gossip/evidence-reactor.ts";
import { MempoolReactor } from "../../src/chain/gossip/mempool-reactor.ts";
import { DEFAULT_MEMPOOL_OPTIONS } from "../../src/chain/mempool.ts";
import type { RoundTiming } from "../../src/chain/rounds/timing.ts";
import { BlockSync } from "../../src/chain/sync/block-sync.ts";
import { MemorySigner } from "../../src/crypto/memory-signer.ts";
import type { Channel } from "../../src/p2p/comet/channel.ts";
import { systemPeerClock } from "../../src/p2p/comet/clock.ts";
import { CometNetwork, type CometNetworkOptions } from "../../src/p2p/comet/comet-network.ts";
import type { PeerFault } from "../../src/p2p/comet/errors.ts";
import { DEFAULT_SWITCH_OPTIONS } from "../../src/p2p/comet/net/switch-options.ts";
import type { NodeId } from "../../src/p2p/comet/node-id.ts";
import type { Peer } from "../../src/p2p/comet/peer.ts";
import type { PeerAddress } from "../../src/p2p/comet/peer-address.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";
import { type NodeDisk, newDisk } from "../chain/engine-fixture.ts";
import { promptRandom } from "../p2p/loopback-network.ts";

/** Rounds that pass fast, so that a liar's turn costs little. */
const QUICK_ROUNDS: RoundTiming = {
  propose: { baseMs: 300, deltaMs: 100 },
  prevote: { baseMs: 150, deltaMs: 100 },
  precommit: { baseMs: 150, deltaMs: 100 },
  pacing: { kind: "network", timeoutCommitMs: 20, skipTimeoutCommit: false, emptyBlockIntervalMs: 0 },
};

export interface PeerNodeOptions {
  /** Makes its P2P key. */
  readonly seed: number;
  readonly genesis: ChainGenesis;
  readonly application: Application;
  /** Null: it follows and signs nothing. */
  readonly signer: ConsensusSigner | null;
  readonly disk?: NodeDisk;
  readonly network?: Partial<CometNetworkOptions>;
  /** Sees each message of a peer before the node does. */
  readonly onMessage?: (channel: number, message: Uint8Array) => void;
}

/** Everything of a node that talks to consensus peers, in this process: the real engine on the real transport. */
export class PeerNode {
  readonly engine: ChainEngine;
  readonly network: CometNetwork;
  readonly genesis: ChainGenesis;
  readonly disk: NodeDisk;
  readonly reactor: ConsensusReactor;
  /** By their ids. */
  readonly channels = new Map<number, Channel>();
  /** Peers that went, with the reason. */
  readonly gone: { readonly id: NodeId; readonly reason: PeerFault }[] = [];
  readonly #sync: BlockSync;
  readonly #others: readonly { start(): void; stop(): void }[];
  readonly #controller = new AbortController();
  readonly #waiting = new Set<() => void>();

  constructor({ seed, genesis, application, signer, disk, network, onMessage }: PeerNodeOptions) {
    this.genesis = genesis;
    this.disk = disk ?? newDisk();
    const logger = silentLogging.logger("chain");
    const { environment, directory } = this.disk;
    this.engine = new ChainEngine(
      { genesis, timing: QUICK_ROUNDS, mempool: DEFAULT_MEMPOOL_OPTIONS, directory },
      { environment, application, signer, clock: systemClock, logger },
    );
    this.network = new CometNetwork(
      {
        ...DEFAULT_SWITCH_OPTIONS,
        ...{ network: genesis.chain_id, appVersion: 7n << 32n, moniker: `node-${seed}` },
        ...{ listen: { host: "127.0.0.1", port: 0 }, allowsDuplicateIp: true, exchange: "none" },
        ...{ seeds: [], privateIds: new Set(), isAddressBookStrict: false, addressBookPath: null },
        ...network,
      },
      {
        signer: MemorySigner.fromSeed(new Uint8Array(32).fill(seed)),
        clock: systemPeerClock,
        random: promptRandom,
        resolve: () => Promise.reject(new Error("no names in tests")),
        logger: silentLogging.logger("p2p"),
      },
    );
    this.#sync = new BlockSync({
      ...{ genesis, environment, application, logger, clock: systemClock, store: this.engine.store },
      onCommitted: (block) => this.engine.announce(block),
    });
    const shared = { engine: this.engine, clock: systemClock, random: promptRandom, logger };
    this.reactor = new ConsensusReactor(shared);
    const peerHeight = (id: string) => this.reactor.peerHeight(id);
    const mempool = new MempoolReactor({ ...shared, peerHeight });
    const evidence = new EvidenceReactor({ ...shared, peerHeight });
    this.#others = [mempool, evidence];
    const channels = [this.#sync.channel, ...this.reactor.channels, mempool.channel, evidence.channel];
    for (const channel of channels) {
      this.channels.set(channel.id, channel);
      this.network.register(this.#noting(onMessage === undefined ? channel : seen(channel, onMessage)));
    }
    this.engine.onBlock(() => this.#changed());
    this.engine.onHalt(() => this.#changed());
  }

  get id(): NodeId {
    return this.network.id;
  }

  get address(): PeerAddress {
    return { id: this.id, host: "127.0.0.1", port: this.network.listening!.port };
  }

  /** Begins to listen. With `follow` it takes part in the rounds at once, without fetching blocks first. */
  async start(follow = true): Promise<void> {
    await this.network.start();
    if (follow) this.follow();
  }

  follow(): void {
    this.engine.start(this.#controller.signal);
    this.reactor.start();
    for (const reactor of this.#others) reactor.start();
  }

  /** Fetches the blocks that peers have, then takes part in the rounds. */
  async catchUp(): Promise<void> {
    await this.#sync.run(this.#controller.signal);
    this.follow();
  }

  async stop(): Promise<void> {
    this.reactor.stop();
    for (const reactor of this.#others) reactor.stop();
    this.#controller.abort();
    await this.network.stop();
  }

  /** Resolves once the condition holds; it is looked at with each block and each peer that comes or goes. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  async reaches(height: bigint): Promise<void> {
    const hasHalted = () => this.engine.status.state === "halted";
    await this.until(() => this.engine.latestHeight >= height || hasHalted());
    const { status } = this.engine;
    if (status.state === "halted") throw new Error("the chain halted", { cause: status.error });
  }

  /** Why a peer is banned; null when it is not. */
  banOf(id: string): string | null {
    return this.network.report().banned.find(({ name }) => name === id)?.reason ?? null;
  }

  /** The channel as it is, and what comes and goes is noted. */
  #noting(channel: Channel): Channel {
    if (channel.id !== 0x20) return channel;
    return {
      ...channel,
      onPeer: (peer: Peer) => {
        channel.onPeer?.(peer);
        queueMicrotask(() => this.#changed());
      },
      onPeerGone: (peer: Peer, reason: PeerFault) => {
        channel.onPeerGone?.(peer, reason);
        this.gone.push({ id: peer.id, reason });
        // Bans are noted after the channels were told.
        queueMicrotask(() => this.#changed());
      },
    };
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look();
  }
}

function seen(channel: Channel, onMessage: (channel: number, message: Uint8Array) => void): Channel {
  return {
    ...channel,
    onMessage(peer, message) {
      onMessage(channel.id, message);
      channel.onMessage(peer, message);
    },
  };
}

/** Connects each node with all before it. */
export async function connectAll(nodes: readonly PeerNode[]): Promise<void> {
  for (const [i, node] of nodes.entries()) {
    for (const earlier of nodes.slice(0, i)) await node.network.dial(earlier.address);
  }
}

/** How many different blocks the nodes have of a height. */
export function blocksOf(nodes: readonly PeerNode[], height: bigint): Set<string> {
  return new Set(nodes.map(({ engine }) => Buffer.from(engine.blockAt(height)!.hash).toString("hex")));
}
