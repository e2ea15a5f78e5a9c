import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { FakeClock } from "../../../../test/fake-clock.ts";
import { ownLoopbackHost } from "../../../../test/loopback-host.ts";
import { settled } from "../../../../test/p2p/duplex-pair.ts";
import {
  promptRandom,
  rawPeer,
  type TestNode,
  type TestNodeOptions,
  testNode,
} from "../../../../test/p2p/loopback-network.ts";
import { DelimitedReader } from "../delimited.ts";
import { encodeMessagePacket, readPacket } from "../mux/packet.ts";
import { netAddress } from "../net-address.ts";
import type { NodeId } from "../node-id.ts";
import { systemRandom } from "../random.ts";
import { decodePexMessage, encodePexAddresses, PEX_REQUEST, type PexMessage } from "./pex-message.ts";
import { ENSURE_PEERS_INTERVAL_MS, PEX_CHANNEL } from "./pex-reactor.ts";
import { CRAWL_INTERVAL_MS, MAX_STAY_MS } from "./seed-crawler.ts";

const nodes: TestNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map(({ network }) => network.stop()));
});

async function start(options: TestNodeOptions): Promise<TestNode> {
  const node = testNode({ exchange: "node", random: systemRandom, ...options });
  nodes.push(node);
  await node.network.start();
  return node;
}

/** A place that stays free after it was left. */
function nobodyElse() {
  return { host: ownLoopbackHost(), port: 0 };
}

function connectedTo(node: TestNode, ...others: TestNode[]): boolean {
  return others.every(({ id }) => node.network.peers.some((peer) => peer.id === id));
}

test("nodes that know one seed find each other", async () => {
  const seed = await start({ seed: 1, exchange: "seed" });
  const seeds = [seed.address];
  const [a, b] = [await start({ seed: 2, seeds }), await start({ seed: 3, seeds })];
  // The first one that asked heard of nobody: it learns of the second when that connects.
  await b.until(() => connectedTo(b, a));
  await a.until(() => connectedTo(a, b));
  const c = await start({ seed: 4, seeds });
  await c.until(() => connectedTo(c, a, b));
  // A seed answers once and lets nobody stay.
  await a.until(() => !connectedTo(a, seed));
});

test("a seed that comes before it is asked is asked then", async () => {
  const [a, seed] = [await start({ seed: 2 }), await start({ seed: 1, exchange: "seed" })];
  seed.network.learn({ id: a.id, ip: a.address.host, port: a.address.port });
  const elsewhere = { ...seed.address, port: 1 };
  const clock = new FakeClock();
  const b = await start({ seed: 3, seeds: [elsewhere], clock });
  await seed.network.dial(b.address);
  while (b.network.report().knownAddresses === 0) await settled(1);
  clock.advance(0);
  await b.until(() => connectedTo(b, a));
});

test("peers tell each other of peers", async () => {
  const [a, b] = [await start({ seed: 2 }), await start({ seed: 3 })];
  await b.network.dial(a.address);
  await a.until(() => a.network.peers.length === 1);
  const clock = new FakeClock();
  const c = await start({ seed: 4, clock });
  await c.network.dial(a.address);
  // It asked on connecting.
  while (c.network.report().knownAddresses === 0) await settled(1);
  // It was alone at its start, and looks for peers at once.
  clock.advance(0);
  await c.until(() => connectedTo(c, b));
});

test("a private peer is told to nobody", async () => {
  const secret = await start({ seed: 9 });
  const a = await start({
    ...{ seed: 2, random: promptRandom },
    ...{ privateIds: new Set([secret.id]), persistentPeers: [secret.address] },
  });
  await a.until(() => connectedTo(a, secret));
  const { answer, raw } = await askRaw(a, 7);
  expect(await answer).toMatchObject({ addresses: [{ id: raw.id }] });
  raw.socket.destroy();
});

/** Asks a node as a peer that is no node. */
async function askRaw(node: TestNode, seed: number) {
  const raw = await rawPeer(node.address, seed);
  const answer = new Promise<PexMessage>((resolve) => {
    const reader = new DelimitedReader();
    raw.socket.on("data", (chunk) => {
      raw.session.opener.push(chunk, (data) => reader.push(data));
      for (let bytes = reader.next(1034); bytes !== null; bytes = reader.next(1034)) {
        const packet = readPacket(bytes);
        if (packet.type === "message" && packet.channel === PEX_CHANNEL)
          resolve(decodePexMessage(packet.data.slice()));
      }
    });
  });
  raw.send(encodeMessagePacket(PEX_CHANNEL, true, PEX_REQUEST));
  return { raw, answer };
}

test("an inbound peer's own address is told to others", async () => {
  const [a, b] = [await start({ seed: 2 }), await start({ seed: 3 })];
  await b.network.dial(a.address);
  await a.until(() => connectedTo(a, b));
  await settled();
  const { answer, raw } = await askRaw(a, 7);
  const { id, host, port } = b.address;
  expect(await answer).toMatchObject({
    type: "addresses",
    addresses: expect.arrayContaining([{ id, ip: host, port }]),
  });
  raw.socket.destroy();
});

const request = encodeMessagePacket(PEX_CHANNEL, true, PEX_REQUEST);
const addresses = encodePexAddresses([{ id: "ab".repeat(20) as NodeId, ip: "1.2.3.4", port: 5 }]);
const brokenIp = encodePexAddresses([{ id: "ab".repeat(20) as NodeId, ip: "nowhere", port: 5 }]);
const brokenPort = encodePexAddresses([{ id: "ab".repeat(20) as NodeId, ip: "1.2.3.4", port: 65536 }]);

test.each([
  ["asks too often", [request, request, request], "flood", true],
  ["sends addresses unasked", [encodeMessagePacket(PEX_CHANNEL, true, addresses)], "misbehaviour", true],
  ["sends an IP that is none", [encodeMessagePacket(PEX_CHANNEL, true, brokenIp)], "malformed", true],
  ["sends a port that is none", [encodeMessagePacket(PEX_CHANNEL, true, brokenPort)], "malformed", true],
  [
    "sends an unknown message",
    [encodeMessagePacket(PEX_CHANNEL, true, Uint8Array.of(0x1a, 0))],
    "malformed",
    false,
  ],
  [
    "sends a broken message",
    [encodeMessagePacket(PEX_CHANNEL, true, Uint8Array.of(0x0a))],
    "malformed",
    false,
  ],
  [
    "sends nothing as a message",
    [encodeMessagePacket(PEX_CHANNEL, true, new Uint8Array(0))],
    "malformed",
    false,
  ],
] as const)("a peer that %s is left", async (_, packets, kind, isBanned) => {
  const a = await start({ seed: 2 });
  const raw = await rawPeer(a.address, 7);
  await a.until(() => a.network.peers.length === 1);
  await settled();
  for (const packet of packets) raw.send(packet);
  await a.until(() => a.gone.length === 1);
  expect(a.gone).toMatchObject([{ reason: { kind } }]);
  expect(a.network.report().banned.length).toBe(isBanned ? 1 : 0);
  raw.socket.destroy();
});

test("addresses without a proper id are passed over, and private networks by a strict book", async () => {
  const clock = new FakeClock();
  const a = await start({ seed: 2, clock, isAddressBookStrict: true, maxOutbound: 0 });
  const raw = await rawPeer(a.address, 7);
  await a.until(() => a.network.peers.length === 1);
  const told = ["1.2.3.4", "10.0.0.1", "127.0.0.1"].map((ip, i) => ({
    id: `${i}`.repeat(40) as NodeId,
    ip,
    port: 5,
  }));
  const bad = { id: "AB".repeat(20) as NodeId, ip: "1.2.3.5", port: 5 };
  // The node asks peers when it wants more of them than it has.
  const b = await start({ seed: 3, clock, isAddressBookStrict: true, maxOutbound: 5 });
  const rawB = await rawPeer(b.address, 8);
  await b.until(() => b.network.peers.length === 1);
  for (let i = 0; i < 3; i++) {
    clock.advance(ENSURE_PEERS_INTERVAL_MS);
    await settled(1);
  }
  rawB.send(encodeMessagePacket(PEX_CHANNEL, true, encodePexAddresses([...told, bad])));
  while (b.network.report().knownAddresses === 0 && b.gone.length === 0) await settled(1);
  expect(b.network.report().knownAddresses).toBe(1);
  expect(b.gone).toEqual([]);
  for (const { socket } of [raw, rawB]) socket.destroy();
});

test("a node with enough peers dials nobody", async () => {
  const other = await start({ seed: 3 });
  const clock = new FakeClock();
  const a = await start({ seed: 2, clock, maxOutbound: 0, seeds: [other.address] });
  for (let i = 0; i < 5; i++) clock.advance(ENSURE_PEERS_INTERVAL_MS);
  await settled();
  expect(a.network.report().dialed).toEqual([]);
});

test("addresses are dialed up to the number of peers that are wanted", async () => {
  const others = await Promise.all([3, 4, 5, 6].map((seed) => start({ seed, exchange: "none" })));
  const clock = new FakeClock();
  let drawn = 0;
  const random = { bytes: systemRandom.bytes, fraction: () => (drawn++ * 0.37) % 1 };
  const a = testNode({ seed: 2, exchange: "node", maxOutbound: 2, clock, random });
  nodes.push(a);
  for (const { address } of others) a.network.learn(netAddress(address.id, address.host, address.port)!);
  await a.network.start();
  clock.advance(0);
  await a.until(() => a.network.peers.length === 2);
  await settled(20);
  expect(a.network.peers.length).toBe(2);
});

test("an address that does not answer is tried again later, and later", async () => {
  const gone = await start({ seed: 3, listen: nobodyElse() });
  const { id, host, port } = gone.address;
  await gone.network.stop();
  const clock = new FakeClock();
  const a = testNode({ seed: 2, exchange: "node", clock });
  nodes.push(a);
  a.network.learn(netAddress(id, host, port)!);
  await a.network.start();
  const attempts = () => a.network.report().dialed[0]?.attempts ?? 0;
  const attemptsAfter: number[] = [];
  for (let i = 0; i < 10; i++) {
    clock.advance(ENSURE_PEERS_INTERVAL_MS);
    // As often as it is sure to: what comes later may be still under way.
    if (i < 4) while (attempts() <= i) await settled(1);
    attemptsAfter.push(attempts());
  }
  expect(attemptsAfter.slice(0, 4)).toEqual([1, 2, 3, 4]);
  expect(attemptsAfter.at(-1)).toBeLessThan(9);
});

test("peers stay with a seed only until they have proved good, and it crawls", async () => {
  const clock = new FakeClock();
  const [a, b] = [await start({ seed: 2 }), await start({ seed: 3 })];
  await b.network.dial(a.address);
  await a.until(() => connectedTo(a, b));
  await settled();
  const seed = testNode({ seed: 1, exchange: "seed", clock });
  nodes.push(seed);
  seed.network.learn(netAddress(a.id, a.address.host, a.address.port)!);
  await seed.network.start();
  await seed.until(() => connectedTo(seed, a));
  // What a told it.
  while (seed.network.report().knownAddresses < 2) await settled(1);
  clock.advance(CRAWL_INTERVAL_MS);
  await seed.until(() => connectedTo(seed, b));
  clock.advance(MAX_STAY_MS);
  await seed.until(() => seed.gone.length >= 2);
});

test("the addresses that were learned are there after a restart", async () => {
  const directory = mkdtempSync(join(tmpdir(), "qanat-pex-"));
  try {
    const addressBookPath = join(directory, "config", "addrbook.json");
    const other = await start({ seed: 3 });
    const first = testNode({ seed: 2, exchange: "node", addressBookPath, persistentPeers: [other.address] });
    await first.network.start();
    await first.until(() => connectedTo(first, other));
    await first.network.stop();
    const again = await start({ seed: 2, addressBookPath });
    await again.until(() => connectedTo(again, other));
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("a seed that does not answer is in the report", async () => {
  const dead = await start({ seed: 3, listen: nobodyElse() });
  const { address } = dead;
  await dead.network.stop();
  const a = await start({ seed: 2, seeds: [address] });
  while (a.network.report().dialed.length === 0) await settled(1);
  expect(a.network.report().waiting).toMatchObject({
    for: "consensus peers",
    cause: "1 addresses were dialed; the last answer: nothing listens at the address (code: ECONNREFUSED)",
  });
});
