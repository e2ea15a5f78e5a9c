import { afterEach, expect, test, vi } from "vitest";
import { BLOCK_SYNC_CHANNEL } from "../../src/chain/sync/block-sync.ts";
import { SyncMessage } from "../../src/chain/sync/sync-message.ts";
import { NANOS_PER_MILLISECOND } from "../../src/chain/time.ts";
import { encode } from "../../src/chain/wire.ts";
import { concat } from "../../src/codec/bytes.ts";
import { encodeMessagePacket, MAX_PAYLOAD } from "../../src/p2p/comet/mux/packet.ts";
import { testGenesis, testSignerOf } from "../chain/engine-fixture.ts";
import { emptyDisk, encodeTx, KeyValueApplication } from "../chain/key-value-application.ts";
import { type RawPeer, rawPeer, rawSocket } from "../p2p/loopback-network.ts";
import { blocksOf, connectAll, PeerNode } from "./peer-node.ts";

vi.setConfig({ testTimeout: 600_000 });

const running: PeerNode[] = [];
const attackers: { destroy(): void }[] = [];

afterEach(async () => {
  for (const socket of attackers.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((node) => node.stop()));
});

async function threeValidators(): Promise<PeerNode[]> {
  const genesis = {
    ...testGenesis(3),
    genesis_time: BigInt(Date.now() - 60_000) * NANOS_PER_MILLISECOND,
  };
  const nodes = [0, 1, 2].map((i) => {
    const application = new KeyValueApplication(emptyDisk());
    return new PeerNode({ seed: i + 1, genesis, application, signer: testSignerOf(i + 1) });
  });
  running.push(...nodes);
  for (const node of nodes) await node.start(false);
  await connectAll(nodes);
  for (const node of nodes) node.follow();
  await nodes[0]!.reaches(2n);
  return nodes;
}

async function attack(node: PeerNode, seed: number): Promise<RawPeer> {
  const channels = Uint8Array.of(0x20, 0x21, 0x22, 0x23, 0x30, 0x38, 0x40);
  const raw = await rawPeer(node.address, seed, { network: node.genesis.chain_id, channels });
  attackers.push(raw.socket);
  return raw;
}

/** All nodes make some more blocks, the same ones, and nobody honest has gone. */
async function expectToGoOn(nodes: readonly PeerNode[], blocks = 4n): Promise<void> {
  const height = nodes[0]!.engine.latestHeight + blocks;
  await Promise.all(nodes.map((node) => node.reaches(height)));
  for (let h = 1n; h <= height; h++) expect(blocksOf(nodes, h).size).toBe(1);
  const ids = nodes.map(({ id }) => id);
  for (const node of nodes) expect(node.gone.filter(({ id }) => ids.includes(id))).toEqual([]);
}

/** A message in packets. */
function packets(channel: number, message: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < message.length; at += MAX_PAYLOAD) {
    const isLast = at + MAX_PAYLOAD >= message.length;
    parts.push(encodeMessagePacket(channel, isLast, message.subarray(at, at + MAX_PAYLOAD)));
  }
  return concat(...parts);
}

/** Writes the same bytes as fast as they are taken, until the connection ends. */
function flood(raw: RawPeer, bytes: Uint8Array): void {
  const write = () => {
    if (raw.socket.destroyed) return;
    raw.send(bytes);
    if (raw.socket.writableNeedDrain) raw.socket.once("drain", write);
    else setImmediate(write);
  };
  write();
}

test.each<[string, Uint8Array, string]>([
  [
    "messages that are longer than their channel allows",
    packets(0x20, new Uint8Array(1_048_577)),
    "a message is longer than its channel allows",
  ],
  [
    "packets that are longer than any",
    concat(Uint8Array.of(0xff, 0xff, 0x7f), new Uint8Array(2000)),
    "too long",
  ],
  ["packets of unknown channels", packets(0x77, new Uint8Array(10)), "a packet is for an unknown channel"],
  ["bytes that are no packets", new Uint8Array(100).fill(0xee), ""],
  ["messages that are none", packets(0x22, new Uint8Array(10).fill(0xff)), ""],
])("who sends %s again and again is banned, and says nothing to the others", async (_, bytes, reason) => {
  const nodes = await threeValidators();
  const [node] = nodes;
  let id = "";
  while (node!.banOf(id) === null) {
    const raw = await attack(node!, 66);
    id = raw.id;
    raw.send(bytes);
    await raw.closed;
    await node!.until(() => node!.gone.filter((peer) => peer.id === id).length > 0);
  }
  expect(node!.banOf(id)).toContain(reason);
  expect(node!.gone.filter((peer) => peer.id === id).length).toBeLessThanOrEqual(3);
  await expect(attack(node!, 66)).rejects.toMatchObject({ kind: "closed" });
  await expectToGoOn(nodes);
});

test("a flood of small messages from several peers does not stop the chain", async () => {
  const nodes = await threeValidators();
  const hasVote = encodeMessagePacket(0x20, true, Uint8Array.of(0x3a, 4, 8, 5, 0x18, 1));
  const burst = concat(...Array.from({ length: 1000 }, () => hasVote));
  for (const seed of [71, 72, 73]) flood(await attack(nodes[0]!, seed), burst);
  await expectToGoOn(nodes);
});

test("who asks for blocks without end and reads none of them costs little memory", async () => {
  const nodes = await threeValidators();
  const [node] = nodes;
  // A block worth asking for.
  const tx = encodeTx({ key: "big", value: "x".repeat(100_000) });
  await node!.engine.submitTx(tx, "block", new AbortController().signal);
  const height = node!.engine.latestHeight;
  const raw = await attack(node!, 81);
  raw.socket.pause();
  const request = encode(SyncMessage, { type: "block_request", value: { height } });
  flood(
    raw,
    concat(...Array.from({ length: 500 }, () => encodeMessagePacket(BLOCK_SYNC_CHANNEL, true, request))),
  );
  await expectToGoOn(nodes);
  // On a slow machine it is gone by now: it answers no pings.
  const peer = node!.network.peers.find(({ id }) => id === raw.id);
  const channel = peer?.counters.channels.find(({ id }) => id === BLOCK_SYNC_CHANNEL);
  expect((channel?.queuedMessages ?? 0) * 100_000).toBeLessThan(20 * 1024 * 1024);
});

test("a message of half a million empty transactions does not stop the chain", async () => {
  const nodes = await threeValidators();
  const empty = new Uint8Array(1_000_000);
  // Txs{ repeated bytes } within the oneof of the channel, each of them `0a00`.
  for (let i = 0; i < empty.length; i += 2) empty[i] = 0x0a;
  const message = concat(Uint8Array.of(0x0a, 0xc0, 0x84, 0x3d), empty);
  const raw = await attack(nodes[0]!, 91);
  raw.send(packets(0x30, message));
  await expectToGoOn(nodes);
  expect(nodes[0]!.banOf(raw.id)).toBeNull();
});

test("connections that say nothing, or a byte at a time, keep nobody out for long", async () => {
  const nodes = await threeValidators();
  const { host, port } = nodes[0]!.address;
  const sockets = await Promise.all(Array.from({ length: 40 }, () => rawSocket(host, port)));
  attackers.push(...sockets);
  // A hello of which one byte comes with each block.
  const dispose = nodes[0]!.engine.onBlock(() => {
    for (const socket of sockets.slice(0, 10)) socket.write(Uint8Array.of(0x22));
  });
  const ended = sockets.map((socket) => new Promise((resolve) => socket.resume().once("close", resolve)));
  await expectToGoOn(nodes);
  await Promise.all(ended);
  dispose();
  const friend = await attack(nodes[0]!, 95);
  await nodes[0]!.until(() => nodes[0]!.network.peers.some(({ id }) => id === friend.id));
  await expectToGoOn(nodes, 2n);
});
