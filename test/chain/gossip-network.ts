import type { ChainGenesis } from "../../src/chain/genesis.ts";
import { ConsensusReactor } from "../../src/chain/gossip/consensus-reactor.ts";
import type { GossipPeer } from "../../src/chain/gossip/gossip-peer.ts";
import { toHex } from "../../src/codec/bytes.ts";
import type { PeerFault } from "../../src/p2p/comet/errors.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";
import { FakeClock } from "../fake-clock.ts";
import {
  GENESIS_TIME_MS,
  NETWORK_PACING,
  newDisk,
  type TestNode,
  type TestNodeOptions,
  testGenesis,
  testNode,
} from "./engine-fixture.ts";

const LATENCY_MS = 10;

/** Messages of one channel that are on the way, at most. */
const MAX_IN_FLIGHT = 100;

/** New votes, or parts, after which a peer is a good one. */
const USEFUL_MESSAGES = 10;

interface Link {
  readonly from: number;
  readonly to: number;
  isUp: boolean;
  inFlight: Map<number, number>;
}

export interface GossipNode extends TestNode {
  reactor: ConsensusReactor;
}

/** Validators on one clock whose reactors exchange bytes over links that can be cut. */
export class GossipNetwork {
  readonly clock = new FakeClock(GENESIS_TIME_MS);
  readonly genesis: ChainGenesis;
  readonly nodes: GossipNode[] = [];
  readonly faults: { by: number; peer: number; fault: PeerFault }[] = [];
  /** Who proved useful to whom. */
  readonly good: { by: number; peer: number }[] = [];
  /** Stands between a node and what it sends; null loses the message. */
  tamper: (from: number, to: number, channel: number, bytes: Uint8Array) => Uint8Array | null = (
    _from,
    _to,
    _channel,
    bytes,
  ) => bytes;
  readonly #links = new Map<string, Link>();
  #seed = 1;

  constructor(validators: number, options: TestNodeOptions = {}) {
    this.genesis = testGenesis(validators);
    for (let i = 0; i < validators; i++) this.nodes.push(this.#node(i, options));
  }

  /** Starts nodes and connects each with all that run already. */
  start(...indexes: number[]): void {
    for (const i of indexes) {
      const { engine, reactor, controller } = this.nodes[i]!;
      engine.start(controller.signal);
      reactor.start();
    }
    this.connect(() => true);
  }

  /** Ends a node and begins it anew on the same disk. */
  restart(i: number, options: TestNodeOptions = {}): void {
    this.end(i);
    this.nodes[i] = this.#node(i, { ...options, disk: this.nodes[i]!.disk });
    this.start(i);
  }

  end(i: number): void {
    for (let j = 0; j < this.nodes.length; j++) this.#cut(i, j);
    this.nodes[i]!.reactor.stop();
    this.nodes[i]!.controller.abort();
  }

  /** Changes who is connected with whom. */
  connect(isConnected: (a: number, b: number) => boolean): void {
    for (let a = 0; a < this.nodes.length; a++) {
      for (let b = a + 1; b < this.nodes.length; b++) {
        const wanted = isConnected(a, b) && this.#isRunning(a) && this.#isRunning(b);
        const isUp = this.#links.get(`${a}-${b}`)?.isUp ?? false;
        if (wanted && !isUp) this.#join(a, b);
        else if (!wanted && isUp) this.#cut(a, b);
      }
    }
  }

  heights(): bigint[] {
    return this.nodes.map(({ engine }) => engine.latestHeight);
  }

  /** How many different blocks the nodes have of a height. */
  blocksOf(height: bigint): number {
    const hashes = this.nodes.flatMap(({ engine }) => {
      const stored = engine.blockAt(height);
      return stored === null ? [] : [toHex(stored.hash)];
    });
    return new Set(hashes).size;
  }

  #isRunning(i: number): boolean {
    return this.nodes[i]!.engine.status.state === "running";
  }

  #join(a: number, b: number): void {
    const links = [
      { from: a, to: b, isUp: true, inFlight: new Map<number, number>() },
      { from: b, to: a, isUp: true, inFlight: new Map<number, number>() },
    ];
    for (const link of links) this.#links.set(`${link.from}-${link.to}`, link);
    for (const link of links) this.nodes[link.from]!.reactor.addPeer(this.#peer(link));
  }

  #cut(a: number, b: number): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const link = this.#links.get(`${from}-${to}`);
      if (link === undefined || !link.isUp) continue;
      link.isUp = false;
      this.nodes[from]!.reactor.removePeer(`node ${to}`);
    }
  }

  /** The receiver of a link as its sender sees it. */
  #peer(link: Link): GossipPeer {
    const trySend = (channel: number, bytes: Uint8Array) => {
      const count = link.inFlight.get(channel) ?? 0;
      if (!link.isUp || count >= MAX_IN_FLIGHT) return false;
      link.inFlight.set(channel, count + 1);
      this.clock.schedule(() => {
        link.inFlight.set(channel, link.inFlight.get(channel)! - 1);
        const sent = this.tamper(link.from, link.to, channel, bytes);
        if (link.isUp && sent !== null) this.#deliver(link, channel, sent);
      }, LATENCY_MS);
      return true;
    };
    return {
      id: `node ${link.to}` as GossipPeer["id"],
      trySend,
      send: async (channel, bytes) => trySend(channel, bytes),
      markGood: () => this.good.push({ by: link.from, peer: link.to }),
      stop: (fault) => this.#blame(link.from, link.to, fault),
    };
  }

  #deliver(link: Link, channel: number, bytes: Uint8Array): void {
    if (!this.#isRunning(link.to)) return;
    const back = this.#links.get(`${link.to}-${link.from}`)!;
    try {
      this.nodes[link.to]!.reactor.receive(this.#peer(back), channel, bytes);
    } catch (error) {
      this.#blame(link.to, link.from, error as PeerFault);
    }
  }

  #blame(by: number, peer: number, fault: PeerFault): void {
    this.faults.push({ by, peer, fault });
    this.#cut(by, peer);
  }

  #node(i: number, options: TestNodeOptions): GossipNode {
    const pacing = { ...NETWORK_PACING, timeoutCommitMs: 500 };
    const node = testNode({
      disk: newDisk(),
      pacing,
      ...options,
      clock: this.clock,
      genesis: this.genesis,
      signer: i + 1,
    });
    const reactor = new ConsensusReactor({
      engine: node.engine,
      clock: this.clock,
      random: { fraction: () => this.#fraction(), bytes: (length) => new Uint8Array(length) },
      logger: silentLogging.logger("consensus"),
      usefulMessages: USEFUL_MESSAGES,
    });
    return { ...node, reactor };
  }

  #fraction(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }
}
