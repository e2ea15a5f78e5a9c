import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { settled } from "../../../../test/p2p/duplex-pair.ts";
import {
  promptRandom,
  rawPeer,
  rawSocket,
  TEST_CHANNEL,
  type TestNode,
  type TestNodeOptions,
  testNode,
} from "../../../../test/p2p/loopback-network.ts";
import { concat, toHex, utf8 } from "../../../codec/bytes.ts";
import { CodecError } from "../../../codec/errors.ts";
import { PeerFault } from "../errors.ts";
import { encodeMessagePacket } from "../mux/packet.ts";
import { encodeEphemeralKey } from "../secret/handshake-messages.ts";

const nodes: TestNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map(({ network }) => network.stop()));
});

async function start(options: TestNodeOptions): Promise<TestNode> {
  const node = testNode(options);
  nodes.push(node);
  await node.network.start();
  return node;
}

test("two nodes connect, talk and part", async () => {
  const [one, other] = [await start({ seed: 1 }), await start({ seed: 2 })];
  const peer = await one.network.dial(other.address);
  expect(peer).toMatchObject({ id: other.id, direction: "outbound", nodeInfo: { moniker: "node-2" } });
  await other.until(() => other.network.peers.length === 1);
  const [back] = other.network.peers;
  expect(back).toMatchObject({ id: one.id, direction: "inbound", address: { ip: "127.0.0.1" } });

  const long = new Uint8Array(100_000).fill(7);
  expect(peer.trySend(TEST_CHANNEL, utf8("hello"))).toBe(true);
  expect(await peer.send(TEST_CHANNEL, long)).toBe(true);
  expect(peer.trySend(0x41, utf8("no such channel"))).toBe(false);
  other.network.broadcast(TEST_CHANNEL, utf8("to all"));
  await other.until(() => other.messages.length === 2);
  await one.until(() => one.messages.length === 1);
  expect(other.messages.map(({ message }) => toHex(message))).toEqual([toHex(utf8("hello")), toHex(long)]);

  peer.stop(new PeerFault("stopped", "enough"));
  await other.until(() => other.gone.length === 1);
  expect(one.gone).toMatchObject([{ reason: { message: "enough" } }]);
  expect(other.gone).toMatchObject([{ reason: { kind: "closed" } }]);
  expect(peer.trySend(TEST_CHANNEL, utf8("too late"))).toBe(false);
});

test("a node that only listens shows in its report who is connected", async () => {
  const [one, other] = [await start({ seed: 1 }), await start({ seed: 2 })];
  expect(one.network.report().waiting).toMatchObject({ cause: "no address has been dialed" });
  await one.network.dial(other.address);
  await other.until(() => other.network.peers.length === 1);
  const report = one.network.report();
  expect(report).toMatchObject({
    id: one.id,
    listening: `127.0.0.1:${one.address.port}`,
    hadInbound: false,
    peers: [{ id: other.id, address: `127.0.0.1:${other.address.port}`, moniker: "node-2", score: 0 }],
    dialed: [{ address: `${other.id}@127.0.0.1:${other.address.port}`, attempts: 0, answer: "connected" }],
    waiting: null,
  });
  expect(other.network.report().hadInbound).toBe(true);
});

const failures: [string, (one: TestNode) => Promise<unknown>, Partial<PeerFault>, RegExp][] = [
  [
    "nobody listens",
    async (one) => {
      const other = await start({ seed: 9 });
      const { address } = other;
      await other.network.stop();
      return await one.network.dial(address);
    },
    { kind: "unreachable" },
    /firewall/,
  ],
  [
    "another network",
    async (one) => await one.network.dial((await start({ seed: 9, network: "other" })).address),
    { kind: "incompatible" },
    /genesis document/,
  ],
  [
    "somebody else at the address",
    async (one) => {
      const { host, port } = (await start({ seed: 9 })).address;
      return await one.network.dial({ id: testNode({ seed: 8 }).id, host, port });
    },
    { kind: "identity" },
    /ids/,
  ],
  ["ourselves", (one) => one.network.dial(one.address), { kind: "identity" }, /ids/],
  [
    "a name that is none",
    (one) => one.network.dial({ ...one.address, id: testNode({ seed: 8 }).id, host: "nowhere.invalid" }),
    { kind: "unreachable" },
    /firewall/,
  ],
];

test.each(failures)("dialing fails with %s, and the report says how", async (_, dial, fault, remedy) => {
  const one = await start({ seed: 1 });
  await expect(dial(one)).rejects.toMatchObject(fault);
  const { dialed, waiting } = one.network.report();
  expect(dialed).toMatchObject([{ attempts: 1 }]);
  expect(waiting!.remedy).toMatch(remedy);
  expect(one.network.peers).toEqual([]);
});

test("a peer that is connected is not dialed again", async () => {
  const [one, other] = [await start({ seed: 1 }), await start({ seed: 2 })];
  await one.network.dial(other.address);
  await expect(one.network.dial(other.address)).rejects.toMatchObject({ kind: "known" });
  await other.until(() => other.network.peers.length === 1);
  await expect(other.network.dial(one.address)).rejects.toMatchObject({ kind: "known" });
  expect(one.network.report().dialed).toMatchObject([{ answer: "connected" }]);
});

test("two nodes that dial each other at once end up with one connection", async () => {
  for (let i = 0; i < 5; i++) {
    const [one, other] = [await start({ seed: 10 + 2 * i }), await start({ seed: 11 + 2 * i })];
    await Promise.allSettled([one.network.dial(other.address), other.network.dial(one.address)]);
    await one.until(() => one.network.peers.length === 1);
    await other.until(() => other.network.peers.length === 1);
    one.network.peers[0]!.trySend(TEST_CHANNEL, utf8("still there"));
    await other.until(() => other.messages.length === 1);
  }
});

test("there are no more inbound peers than allowed, except unconditional ones", async () => {
  const [friend, second, third] = [testNode({ seed: 3 }), await start({ seed: 4 }), await start({ seed: 5 })];
  nodes.push(friend);
  await friend.network.start();
  const one = await start({ seed: 1, maxInbound: 1, unconditionalIds: new Set([friend.id]) });
  await second.network.dial(one.address);
  await one.until(() => one.network.peers.length === 1);
  await expect(third.network.dial(one.address)).rejects.toMatchObject({ kind: "closed" });
  await friend.network.dial(one.address);
  await one.until(() => one.network.peers.length === 2);
  expect(one.network.peers.map(({ id, isUnconditional }) => [id, isUnconditional])).toEqual([
    [second.id, false],
    [friend.id, true],
  ]);
});

test("a second connection from an IP is refused before a byte is exchanged, unless allowed", async () => {
  const one = await start({ seed: 1, allowsDuplicateIp: false });
  const { host, port } = one.address;
  const first = await rawPeer(one.address, 7);
  const again = await rawSocket(host, port);
  const received: Uint8Array[] = [];
  again.on("data", (chunk) => received.push(chunk));
  await new Promise((resolve) => again.once("close", resolve));
  expect(received).toEqual([]);
  const elsewhere = await rawPeer(one.address, 8, {}, "127.0.0.2");
  await one.until(() => one.network.peers.length === 2);
  first.socket.destroy();
  await one.until(() => one.network.peers.length === 1);
  await settled();
  const back = await rawPeer(one.address, 7);
  await one.until(() => one.network.peers.length === 2);
  for (const { socket } of [elsewhere, back]) socket.destroy();
});

test("nobody is dialed whose IP is connected already", async () => {
  const other = await start({ seed: 2 });
  const one = await start({ seed: 1, allowsDuplicateIp: false });
  const raw = await rawPeer(one.address, 7);
  await one.until(() => one.network.peers.length === 1);
  await expect(one.network.dial(other.address)).rejects.toMatchObject({ kind: "refused" });
  raw.socket.destroy();
});

test("a persistent peer is dialed at the start, and again when it is gone", async () => {
  const other = await start({ seed: 2 });
  const one = await start({ seed: 1, persistentPeers: [other.address] });
  await one.until(() => one.network.peers.length === 1);
  expect(one.network.peers[0]!.isPersistent).toBe(true);
  await other.until(() => other.network.peers.length === 1);
  other.network.peers[0]!.stop(new PeerFault("stopped", "bye"));
  await one.until(() => one.gone.length === 1);
  await one.until(() => one.network.peers.length === 1);
});

test("a persistent peer is never banned", async () => {
  const other = await start({ seed: 2 });
  // Dialed again not before it has noticed that the connection is gone.
  const random = { ...promptRandom, fraction: () => 0.05 };
  const one = await start({ seed: 1, persistentPeers: [other.address], random });
  await one.until(() => one.network.peers.length === 1);
  one.network.peers[0]!.stop(new PeerFault("misbehaviour", "wrong", {}, { banMs: 3600_000 }));
  await other.until(() => other.gone.length === 1);
  await one.until(() => one.network.peers.length === 1);
  expect(one.network.report().banned).toEqual([]);
});

test("a banned peer is neither let in nor dialed, and the report says why", async () => {
  const [one, other] = [await start({ seed: 1 }), await start({ seed: 2 })];
  await other.network.dial(one.address);
  await one.until(() => one.network.peers.length === 1);
  one.network.peers[0]!.stop(new PeerFault("misbehaviour", "it lied", {}, { banMs: 3600_000 }));
  await other.until(() => other.gone.length === 1);
  await expect(other.network.dial(one.address)).rejects.toMatchObject({ kind: "closed" });
  await expect(one.network.dial(other.address)).rejects.toMatchObject({ kind: "banned" });
  expect(one.network.report().banned).toMatchObject([{ name: other.id, reason: "it lied" }]);
});

test.each([
  ["a fault", () => new PeerFault("misbehaviour", "wrong order"), { kind: "misbehaviour" }],
  ["a decoding error", () => new CodecError("bad varint"), { kind: "malformed" }],
  ["an error of ours", () => new RangeError("oops"), { kind: "internal" }],
])("a listener that throws %s loses the peer and nothing else", async (_, error, reason) => {
  const one = await start({
    seed: 1,
    onMessage: () => {
      throw error();
    },
  });
  const other = await start({ seed: 2 });
  const peer = await other.network.dial(one.address);
  peer.trySend(TEST_CHANNEL, utf8("x"));
  await one.until(() => one.gone.length === 1);
  expect(one.gone).toMatchObject([{ reason }]);
  await other.until(() => other.gone.length === 1);
  await other.network.dial(one.address);
});

test("a channel that refuses a new peer ends the connection, and the others hear that it is gone", async () => {
  const heard: string[] = [];
  const one = await start({
    seed: 1,
    moreChannels: [
      {
        ...{ id: 0x50, priority: 1, sendQueue: 1, receiveCap: 10 },
        onMessage: () => {},
        onPeer: () => {
          throw new PeerFault("stopped", "not you");
        },
      },
      {
        ...{ id: 0x51, priority: 1, sendQueue: 1, receiveCap: 10 },
        onMessage: () => {},
        onPeer: () => heard.push("peer"),
        onPeerGone: () => heard.push("gone"),
      },
    ],
  });
  const other = await start({ seed: 2 });
  await other.network.dial(one.address);
  await other.until(() => other.gone.length === 1);
  expect(heard).toEqual(["gone"]);
  expect(one.network.peers).toEqual([]);
});

test("a connection that says nothing, or trickles, is closed in time", async () => {
  const one = await start({ seed: 1, secretTimeoutMs: 100, nodeInfoTimeoutMs: 100 });
  const { host, port } = one.address;
  const silent = await rawSocket(host, port);
  silent.resume();
  const trickling = await rawSocket(host, port);
  trickling.resume();
  const trickle = setInterval(() => trickling.write(Uint8Array.of(0x22)), 20);
  await Promise.all(
    [silent, trickling].map((socket) => new Promise((resolve) => socket.once("close", resolve))),
  );
  clearInterval(trickle);
  expect(one.network.peers).toEqual([]);
});

test("a flood of connections does not keep a friend out for long", async () => {
  const one = await start({ seed: 1, secretTimeoutMs: 200 });
  const { host, port } = one.address;
  const flood = await Promise.all(Array.from({ length: 100 }, () => rawSocket(host, port)));
  for (const socket of flood) socket.resume();
  await Promise.all(flood.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  const friend = await start({ seed: 2 });
  await friend.network.dial(one.address);
  await one.until(() => one.network.peers.length === 1);
});

test("an IP from which connections keep failing is refused for a time", async () => {
  const one = await start({ seed: 1, allowsDuplicateIp: false });
  const { host, port } = one.address;
  const failAt = async (bytes: Uint8Array) => {
    const socket = await rawSocket(host, port, "127.0.0.9");
    socket.resume();
    socket.write(bytes);
    await new Promise((resolve) => socket.once("close", resolve));
    await settled();
  };
  for (let i = 0; i < 10; i++) await failAt(encodeEphemeralKey(new Uint8Array(32)));
  expect(one.network.report().banned).toMatchObject([{ name: "127.0.0.9" }]);
  const raw = await rawPeer(one.address, 7, {}, "127.0.0.10");
  await one.until(() => one.network.peers.length === 1);
  raw.socket.destroy();
});

test("peers that send nonsense again and again are banned by their score", async () => {
  const one = await start({ seed: 1 });
  for (let i = 0; i < 3; i++) {
    const raw = await rawPeer(one.address, 7);
    raw.send(encodeMessagePacket(0x77, true, new Uint8Array(1)));
    await raw.closed;
  }
  expect(one.network.report().banned.map(({ reason }) => reason)).toContain(
    "a packet is for an unknown channel",
  );
  await expect(rawPeer(one.address, 7)).rejects.toMatchObject({ kind: "closed" });
});

test("no bytes on a live connection harm the node or its other peers", async () => {
  const [one, friend] = [await start({ seed: 1 }), await start({ seed: 2 })];
  const peer = await friend.network.dial(one.address);
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.array(
      fc.tuple(fc.constantFrom(TEST_CHANNEL, 0, 0x77), fc.boolean(), fc.uint8Array({ maxLength: 50 })),
    ),
  );
  let seed = 20;
  await fc.assert(
    fc.asyncProperty(noise, fc.boolean(), async (input, isFramed) => {
      // Each time another key: the same one would be banned.
      const raw = await rawPeer(one.address, 20 + (seed++ % 200));
      const bytes =
        input instanceof Uint8Array ? input : concat(...input.map((p) => encodeMessagePacket(...p)));
      if (isFramed) raw.send(bytes);
      else raw.socket.write(bytes);
      await settled(3);
      raw.socket.destroy();
    }),
    { numRuns: 100 },
  );
  peer.trySend(TEST_CHANNEL, utf8("still there"));
  await one.until(() => one.messages.some(({ message }) => toHex(message) === toHex(utf8("still there"))));
});

test("after the stop nothing is left and nobody gets in", async () => {
  const [one, other] = [await start({ seed: 1 }), await start({ seed: 2 })];
  await one.network.dial(other.address);
  const { address } = one;
  await one.network.stop();
  expect(one.network.peers).toEqual([]);
  expect(one.network.report()).toMatchObject({ peers: [], listening: `127.0.0.1:${address.port}` });
  expect(one.gone).toMatchObject([{ reason: { kind: "stopped" } }]);
  await other.until(() => other.gone.length === 1);
  await expect(other.network.dial(address)).rejects.toMatchObject({ kind: "unreachable" });
  await expect(one.network.dial(other.address)).rejects.toMatchObject({ kind: "stopped" });
});

test("an address that is in use is named in the error", async () => {
  const one = await start({ seed: 1 });
  const { host, port } = one.address;
  await expect(testNode({ seed: 2, listen: { host, port } }).network.start()).rejects.toMatchObject({
    code: "p2p/listen",
    message: `cannot listen for consensus peers on ${host}:${port}: another process uses it`,
  });
});

test("channels must be proper ones, once each, before the start", async () => {
  const one = await start({ seed: 1 });
  const channel = { id: 0x50, priority: 1, sendQueue: 1, receiveCap: 1, onMessage: () => {} };
  expect(() => one.network.register(channel)).toThrow("after the start");
  const { network } = testNode({ seed: 2 });
  expect(() => network.register({ ...channel, id: TEST_CHANNEL })).toThrow("twice");
  expect(() => network.register({ ...channel, id: 256 })).toThrow(TypeError);
  expect(() => network.register({ ...channel, priority: 0 })).toThrow(TypeError);
});
