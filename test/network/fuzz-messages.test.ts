import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import type { ChainEngine } from "../../src/chain/chain-engine.ts";
import { EvidenceReactor } from "../../src/chain/gossip/evidence-reactor.ts";
import { MempoolReactor } from "../../src/chain/gossip/mempool-reactor.ts";
import { StateSync } from "../../src/chain/state-sync/state-sync.ts";
import { BlockSync } from "../../src/chain/sync/block-sync.ts";
import { CodecError } from "../../src/codec/errors.ts";
import { AddressBook } from "../../src/p2p/comet/book/address-book.ts";
import type { Channel } from "../../src/p2p/comet/channel.ts";
import { PeerFault } from "../../src/p2p/comet/errors.ts";
import type { Peer } from "../../src/p2p/comet/peer.ts";
import { PexReactor } from "../../src/p2p/comet/pex/pex-reactor.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";
import { testSignerOf } from "../chain/engine-fixture.ts";
import { GossipNetwork } from "../chain/gossip-network.ts";
import { KeyValueApplication } from "../chain/key-value-application.ts";
import { Random } from "../fuzz/random.ts";
import { promptRandom } from "../p2p/loopback-network.ts";
import { usedBytes } from "../used-bytes.ts";
import { FALSE_SAMPLES, messageSamples, type Sample, stateSyncSamples } from "./message-samples.ts";
import { mutateMessage } from "./mutate-message.ts";
import { OFFERED, type RestoringNode, restoringNode } from "./restoring-node.ts";

/** Mutations of each kind of message. `QANAT_PEER_FUZZ` makes a longer run, `QANAT_PEER_FUZZ_SEED` another one. */
const MUTATIONS = Number(process.env.QANAT_PEER_FUZZ ?? 2000);
const SEED = Number(process.env.QANAT_PEER_FUZZ_SEED ?? 1);
/** The chain goes on after so many messages. */
const MESSAGES_A_STEP = 200;
const STEP_MS = 50;
const MAX_GROWTH_BYTES = 48 * 1024 * 1024;

vi.setConfig({ testTimeout: 600_000 + MUTATIONS * 60 });

const GONE = new PeerFault("closed", "it left");

/** What a peer may be accused of for bytes that it sends. */
const FAULTS = new Set(["malformed", "misbehaviour", "flood"]);

/**
 * A validator among three, of which the last is not there: whoever has its key can lie. Beside its rounds it restores
 * a checkpoint, which nodes do before them, so that all of its channels listen.
 */
async function runningNode() {
  const network = new GossipNetwork(4);
  network.start(0, 1, 2);
  const { engine, reactor, disk } = network.nodes[0]!;
  const { clock } = network;
  const logger = silentLogging.logger("test");
  const peerHeight = (id: string) => reactor.peerHeight(id);
  const mempool = new MempoolReactor({ engine, clock, peerHeight });
  const evidence = new EvidenceReactor({ engine, clock, peerHeight });
  const sync = new BlockSync({
    ...{ genesis: network.genesis, environment: disk.environment, store: engine.store, clock, logger },
    ...{ application: new KeyValueApplication(disk.app), onCommitted: () => {} },
  });
  const book = new AddressBook(
    { ownId: "00".repeat(20) as never, privateIds: new Set(), isStrict: true, key: "00".repeat(12) },
    { clock, random: promptRandom },
  );
  const refused = () => Promise.reject(new PeerFault("unreachable", "nobody is there"));
  const pex = new PexReactor(
    { isSeed: false, seeds: [], maxOutbound: 10, persistentMaxPauseMs: 0 },
    {
      network: {
        ...{ counts: { inbound: 0, outbound: 0, dialing: 0 }, peers: [], obstacleTo: () => null },
        ...{ isPersistent: () => false, dial: refused, dialName: refused },
      },
      ...{ book, clock, random: promptRandom, resolve: refused, logger },
    },
  );
  mempool.start();
  evidence.start();
  pex.start();
  const restoring = await restoringNode();
  const channels = [
    ...[sync.channel, ...reactor.channels, mempool.channel, evidence.channel, pex.channel],
    ...restoring.sync.channels,
  ];
  const { checkpoint, source } = restoring.checkpoint;
  const root = { version: 1, root: checkpoint.root };
  const chunk = await source.readChunk({ ...root, index: 0n, digest: checkpoint.chunks![0]! });
  const key = testSignerOf(4);
  return {
    ...{ network, engine, clock, book, channels, restoring },
    /** A message of every kind, as they fit where the node is now. */
    samples: (): Record<string, Sample> => ({
      ...messageSamples(engine, key, index(engine)),
      ...stateSyncSamples(checkpoint, chunk),
    }),
  };
}

/** A peer that has the newer checkpoint: it ends the restoring. */
async function serveNewer({ sync, clock, newer }: RestoringNode, restored: Promise<bigint>): Promise<bigint> {
  const server = new StateSync({ source: newer.source, clock, logger: silentLogging.logger("test") });
  const deliverTo = (to: StateSync, from: () => Peer) => (channel: number, bytes: Uint8Array) => {
    setImmediate(() => to.channels.find(({ id }) => id === channel)!.onMessage(from(), bytes));
    return true;
  };
  const us: Peer = peerThat(
    "us",
    deliverTo(sync, () => them),
  );
  const them: Peer = peerThat(
    "them",
    deliverTo(server, () => us),
  );
  for (const { onPeer } of sync.channels) onPeer?.(them);
  let isDone = false;
  const done = restored.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await turn();
    clock.advance(100);
  }
  return await done;
}

function peerThat(id: string, trySend: (channel: number, bytes: Uint8Array) => boolean): Peer {
  return { id, trySend, send: async (c: number, b: Uint8Array) => trySend(c, b), stop: () => {} } as never;
}

/** A peer as reactors see it. What it is sent goes nowhere, at most so many messages at a time. */
class FuzzPeer {
  readonly id: string;
  readonly direction = "outbound";
  readonly address: unknown;
  readonly nodeInfo = { listenAddress: "tcp://8.8.4.4:26656" };
  stoppedFor: PeerFault | null = null;

  constructor(n: number) {
    this.id = n.toString(16).padStart(40, "0");
    this.address = { id: this.id, ip: "8.8.4.4", port: 26656 };
  }

  hasChannel = () => true;
  hasRoom = () => true;
  trySend = () => true;
  send = async () => true;
  stop = (fault: PeerFault) => {
    this.stoppedFor = fault;
  };
  finish = () => {};
  markGood = () => {};
}

/** Sends bytes as the transport would hand them over. @returns what the peer is accused of; null when nothing */
function deliver(
  channels: readonly Channel[],
  peer: FuzzPeer,
  channelId: number,
  bytes: Uint8Array,
): PeerFault | null {
  try {
    channels.find(({ id }) => id === channelId)!.onMessage(peer as unknown as Peer, bytes);
  } catch (error) {
    if (error instanceof PeerFault) return error;
    if (error instanceof CodecError) return new PeerFault("malformed", error.message);
    // Anything else would be our failure.
    throw error;
  }
  return peer.stoppedFor;
}

function index(engine: ChainEngine): number {
  const { validators } = engine.rounds!.validators;
  const key = Buffer.from(testSignerOf(4).publicKey);
  return validators.findIndex(({ pub_key }) => key.equals(pub_key));
}

test("no honest message is held against a peer", async () => {
  const { network, channels, samples } = await runningNode();
  network.clock.advance(20_000);
  for (const [name, { channel, bytes }] of Object.entries(samples())) {
    const peer = new FuzzPeer(1);
    for (const { onPeer } of channels) onPeer?.(peer as unknown as Peer);
    const fault = deliver(channels, peer, channel, bytes);
    if (FALSE_SAMPLES.includes(name)) expect(fault, name).toMatchObject({ kind: "misbehaviour" });
    else expect(fault, name).toBeNull();
  }
});

test(`${MUTATIONS} mutations of every kind of message do a running node no harm`, async () => {
  const random = new Random(SEED);
  const { stackTraceLimit } = Error;
  onTestFinished(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });
  // Tens of thousands of faults, whose stacks nobody reads.
  Error.stackTraceLimit = 0;
  const { network, engine, clock, book, channels, restoring, ...node } = await runningNode();
  const restored = restoring.restore(new AbortController().signal);
  clock.advance(20_000);
  let samples = node.samples();
  const names = Object.keys(samples);
  const before = await usedBytes();
  const startHeight = engine.latestHeight;
  const outcomes = new Map<string, Map<string, number>>(names.map((name) => [name, new Map()]));
  let peers = 0;
  let peer: FuzzPeer | null = null;
  for (let i = 0; i < MUTATIONS * names.length; i++) {
    if (i % MESSAGES_A_STEP === 0) {
      clock.advance(STEP_MS);
      restoring.clock.advance(STEP_MS);
      await turn();
      samples = node.samples();
    }
    if (peer === null) {
      peer = new FuzzPeer(++peers);
      for (const { onPeer } of channels) onPeer?.(peer as unknown as Peer);
      // Some are where we are, some nowhere.
      if (random.chance(0.7)) deliver(channels, peer, 0x20, samples.new_round_step!.bytes);
      if (random.chance(0.5)) deliver(channels, peer, 0x60, samples.snapshots_response!.bytes);
    }
    const name = names[i % names.length]!;
    const { channel, bytes } = samples[name]!;
    const mutated = mutateMessage(random, bytes);
    const fault = deliver(channels, peer, random.chance(0.97) ? channel : random.pick(channels).id, mutated);
    const outcome = fault?.kind ?? "taken";
    const counts = outcomes.get(name)!;
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    if (fault === null) continue;
    if (!FAULTS.has(fault.kind))
      throw new Error(`seed ${SEED}, message ${i}: ${fault.kind}`, { cause: fault });
    for (const { onPeerGone } of channels) onPeerGone?.(peer as unknown as Peer, fault);
    peer = null;
  }
  const table = names.map((name) => `${name}: ${JSON.stringify(Object.fromEntries(outcomes.get(name)!))}`);
  console.log(`fuzz of peers' messages, seed ${SEED}, ${peers} peers\n${table.join("\n")}`);
  if (peer !== null) for (const { onPeerGone } of channels) onPeerGone?.(peer as unknown as Peer, GONE);
  // Restoring has not got stuck.
  expect(await serveNewer(restoring, restored)).toBe(BigInt(OFFERED.second));
  // The chain has gone on, everywhere alike.
  clock.advance(20_000);
  expect(engine.status).toMatchObject({ state: "running" });
  expect(engine.latestHeight).toBeGreaterThan(startHeight + 2n);
  for (let height = 1n; height < engine.latestHeight; height++) expect(network.blocksOf(height)).toBe(1);
  expect(network.faults).toEqual([]);
  expect(book.size).toBeLessThanOrEqual(20_480);
  expect((await usedBytes()) - before).toBeLessThan(MAX_GROWTH_BYTES);
});
