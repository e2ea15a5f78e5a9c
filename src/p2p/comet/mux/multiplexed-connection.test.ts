import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { FakeClock } from "../../../../test/fake-clock.ts";
import { type SecretEnd, secretPair, settled } from "../../../../test/p2p/duplex-pair.ts";
import { concat, toHex } from "../../../codec/bytes.ts";
import { PeerFault } from "../errors.ts";
import { FRAME_SEALED } from "../secret/frames.ts";
import type { SecretSession } from "../secret/secret-handshake.ts";
import { type ConnectionOptions, DEFAULT_CONNECTION_OPTIONS } from "./connection-options.ts";
import { MultiplexedConnection } from "./multiplexed-connection.ts";
import { encodeMessagePacket, PING_PACKET } from "./packet.ts";
import { ReceiveBudget } from "./receive-budget.ts";
import { MAX_QUEUED_BYTES } from "./sender.ts";

const channels = [
  { id: 0x00, priority: 1, sendQueue: 2, receiveCap: 64_000 },
  { id: 0x20, priority: 6, sendQueue: 100, receiveCap: 1_048_576 },
  { id: 0x21, priority: 10, sendQueue: 100, receiveCap: 1_048_576 },
];

interface End {
  readonly connection: MultiplexedConnection;
  readonly messages: [channel: number, message: Uint8Array][];
  readonly faults: PeerFault[];
}

const open: MultiplexedConnection[] = [];
const bye = new PeerFault("stopped", "bye");

afterEach(() => {
  for (const connection of open.splice(0)) connection.end(bye);
});

function connect(
  { stream, session }: SecretEnd,
  clock: FakeClock,
  options: Partial<ConnectionOptions> = {},
  onMessage: (channel: number, message: Uint8Array) => void = () => {},
  budget = new ReceiveBudget(1 << 28),
): End {
  const messages: End["messages"] = [];
  const faults: PeerFault[] = [];
  const connection = new MultiplexedConnection(
    stream,
    session,
    { ...DEFAULT_CONNECTION_OPTIONS, sendRate: 0, receiveRate: 0, channels, ...options },
    {
      clock,
      budget,
      onMessage: (channel, message) => {
        messages.push([channel, message]);
        onMessage(channel, message);
      },
      onEnd: (fault) => faults.push(fault),
    },
  );
  open.push(connection);
  connection.start();
  return { connection, messages, faults };
}

/** Our connection, and the other end as raw as a hostile peer has it. */
async function withRawPeer(options: Partial<ConnectionOptions> = {}) {
  const clock = new FakeClock();
  const [ours, raw] = await secretPair();
  raw.stream.resume();
  return { clock, raw, ...connect(ours, clock, options) };
}

function sendRaw(
  { stream, session }: { stream: SecretEnd["stream"]; session: SecretSession },
  bytes: Uint8Array,
) {
  session.sealer.write(bytes);
  session.sealer.flush();
  stream.write(session.sealer.take());
}

test("messages of all lengths and channels arrive, in order within their channel", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(0x20, 0x21), fc.integer({ min: 0, max: 5000 })), { maxLength: 30 }),
      async (list) => {
        const clock = new FakeClock();
        const [one, other] = await secretPair();
        const [sender, receiver] = [connect(one, clock), connect(other, clock)];
        const sent = list.map(([channel, length], i): [number, Uint8Array] => [
          channel,
          new Uint8Array(length).fill(i),
        ]);
        for (const [channel, message] of sent) expect(sender.connection.trySend(channel, message)).toBe(true);
        while (receiver.messages.length < sent.length && receiver.faults.length === 0) {
          await settled(1);
          clock.advance(10);
        }
        for (const channel of [0x20, 0x21]) {
          const of = (messages: [number, Uint8Array][]) =>
            messages.filter(([on]) => on === channel).map(([, bytes]) => toHex(bytes));
          expect(of(receiver.messages)).toEqual(of(sent));
        }
      },
    ),
    { numRuns: 20 },
  );
});

test("a full queue refuses and counts; a waiting send goes on when there is room", async () => {
  const clock = new FakeClock();
  const [one, other] = await secretPair();
  const { connection } = connect(one, clock, { sendRate: 10_000 });
  const receiver = connect(other, clock);
  const long = new Uint8Array(4096);
  for (let i = 0; i < 2; i++) expect(connection.trySend(0x00, long)).toBe(true);
  expect(connection.trySend(0x00, long)).toBe(false);
  expect(connection.counters.channels[0]).toMatchObject({ id: 0, droppedMessages: 1 });
  await settled();
  expect(connection.trySend(0x00, long)).toBe(true);
  const waiting = connection.send(0x00, long);
  while (receiver.messages.length < 4) {
    clock.advance(50);
    await settled(1);
  }
  expect(await waiting).toBe(true);
});

test("a send that finds no room in time fails", async () => {
  const { clock, connection } = await withRawPeer({ sendRate: 1 });
  const long = new Uint8Array(20_000);
  connection.trySend(0x00, long);
  await settled();
  while (connection.trySend(0x00, long));
  const waiting = connection.send(0x00, long);
  await settled();
  clock.advance(10_000);
  expect(await waiting).toBe(false);
});

test("nothing is sent on a channel that does not exist", async () => {
  const { connection } = await withRawPeer();
  expect(connection.trySend(0x77, new Uint8Array(1))).toBe(false);
  expect(await connection.send(0x77, new Uint8Array(1))).toBe(false);
});

test("a peer that reads nothing does not fill our memory", async () => {
  const clock = new FakeClock();
  const [ours, raw] = await secretPair();
  raw.stream.pause();
  const { connection, faults } = connect(ours, clock);
  const megabyte = new Uint8Array(1 << 20);
  let taken = 0;
  while (connection.trySend(0x21, megabyte)) {
    taken++;
    await settled(1);
  }
  expect(taken * megabyte.length).toBeLessThanOrEqual(MAX_QUEUED_BYTES + megabyte.length);
  clock.advance(60_000);
  clock.advance(45_000);
  expect(faults).toMatchObject([{ kind: "unresponsive" }]);
});

test("channels share the connection by their priorities", async () => {
  const clock = new FakeClock();
  const [one, other] = await secretPair();
  const { connection } = connect(one, clock, { sendRate: 100_000 });
  const { messages } = connect(other, clock);
  for (let i = 0; i < 100; i++) {
    connection.trySend(0x20, new Uint8Array(1000));
    connection.trySend(0x21, new Uint8Array(1000));
  }
  while (messages.length < 64) {
    clock.advance(10);
    await settled(1);
  }
  const count = (id: number) => messages.slice(0, 64).filter(([channel]) => channel === id).length;
  expect(count(0x21) / count(0x20)).toBeCloseTo(10 / 6, 0);
});

test("the send rate holds over time", async () => {
  const clock = new FakeClock();
  const [one, other] = await secretPair();
  const { connection } = connect(one, clock, { sendRate: 50_000 });
  connect(other, clock);
  for (let i = 0; i < 100; i++) connection.trySend(0x21, new Uint8Array(5000));
  for (let i = 0; i < 400; i++) {
    clock.advance(10);
    await settled(1);
  }
  const perSecond = connection.counters.sentBytes / 4;
  expect(perSecond).toBeGreaterThan(45_000);
  expect(perSecond).toBeLessThan(60_000);
});

test("the receive rate holds over time", async () => {
  const clock = new FakeClock();
  const [one, other] = await secretPair();
  const sender = connect(one, clock);
  const { connection } = connect(other, clock, { receiveRate: 50_000 });
  for (let i = 0; i < 100; i++) sender.connection.trySend(0x21, new Uint8Array(20_000));
  for (let i = 0; i < 400; i++) {
    clock.advance(10);
    await settled(1);
  }
  expect(connection.counters.receivedBytes / 4).toBeLessThan(75_000);
  expect(connection.counters.receivedBytes / 4).toBeGreaterThan(45_000);
});

test("small messages share frames when they come too fast for frames of their own", async () => {
  const clock = new FakeClock();
  const [one, other] = await secretPair();
  const sender = connect(one, clock);
  const receiver = connect(other, clock);
  for (let i = 0; i < 20; i++) {
    sender.connection.trySend(0x20, Uint8Array.of(i));
    await settled(2);
  }
  expect(receiver.messages.length).toBe(1);
  clock.advance(10);
  await settled();
  expect(receiver.messages.length).toBe(20);
  expect(sender.connection.counters.sentBytes).toBe(2 * FRAME_SEALED);
});

test("an urgent message takes what waits along and leaves within the call", async () => {
  const clock = new FakeClock();
  const [one, other] = await secretPair();
  const { connection } = connect(one, clock);
  const receiver = connect(other, clock);
  for (let i = 1; i <= 3; i++) {
    connection.trySend(0x20, Uint8Array.of(i));
    connection.trySend(0x21, Uint8Array.of(i), true);
    expect(connection.counters.sentBytes).toBe(i * FRAME_SEALED);
  }
  await settled();
  expect(receiver.messages.length).toBe(6);
});

test("pings are answered; a peer that does not answer ours is left", async () => {
  const clock = new FakeClock();
  const [one, other] = await secretPair();
  const [first, second] = [connect(one, clock), connect(other, clock)];
  for (let i = 0; i < 3; i++) {
    clock.advance(60_000);
    await settled();
    clock.advance(44_999);
    await settled();
  }
  expect([...first.faults, ...second.faults]).toEqual([]);

  const silent = await withRawPeer();
  silent.clock.advance(60_000);
  await settled();
  silent.clock.advance(45_000);
  expect(silent.faults).toMatchObject([{ kind: "unresponsive" }]);
});

test("a flood of pings costs us few pongs", async () => {
  const { raw, connection } = await withRawPeer();
  sendRaw(raw, concat(...new Array(10_000).fill(PING_PACKET)));
  await settled(20);
  expect(connection.counters.receivedBytes).toBeGreaterThan(30_000);
  expect(connection.counters.sentBytes).toBeLessThanOrEqual(4 * FRAME_SEALED);
});

const hostile: [string, Uint8Array, PeerFault["kind"]][] = [
  ["an unknown channel", encodeMessagePacket(0x77, true, new Uint8Array(1)), "malformed"],
  ["a negative channel", Uint8Array.of(13, 0x1a, 11, 8, ...new Array(9).fill(0xff), 1), "malformed"],
  ["an empty packet", Uint8Array.of(0), "malformed"],
  ["a packet that does not decode", Uint8Array.of(2, 0x1a, 9), "malformed"],
  ["a packet that is too long", Uint8Array.of(0x8b, 8), "malformed"],
  ["an endless length", new Uint8Array(5).fill(0xff), "malformed"],
  [
    "a message over its channel's limit",
    concat(...new Array(63).fill(encodeMessagePacket(0, false, new Uint8Array(1024)))),
    "malformed",
  ],
];

test.each(hostile)("%s ends the connection", async (_, bytes, kind) => {
  const { raw, faults, messages } = await withRawPeer();
  sendRaw(raw, bytes);
  await settled();
  expect(faults).toMatchObject([{ kind }]);
  expect(messages).toEqual([]);
});

test("bytes that are no frames end the connection", async () => {
  const { raw, faults } = await withRawPeer();
  raw.stream.write(new Uint8Array(2 * FRAME_SEALED));
  await settled();
  expect(faults).toMatchObject([{ kind: "malformed", message: "an encrypted frame does not open" }]);
});

test("a message that is never finished ends the connection in the end", async () => {
  const { clock, raw, faults } = await withRawPeer({ pingIntervalMs: 60_000, pongTimeoutMs: 59_999_999 });
  sendRaw(raw, encodeMessagePacket(0x20, false, new Uint8Array(1000)));
  await settled();
  clock.advance(119_999);
  expect(faults).toEqual([]);
  clock.advance(60_000);
  expect(faults).toMatchObject([{ kind: "unresponsive", message: "a message was never finished" }]);
});

test("the peer that holds the most memory is left when it runs out", async () => {
  const clock = new FakeClock();
  const budget = new ReceiveBudget(10_000);
  const [one, oneRaw] = await secretPair();
  const [other, otherRaw] = await secretPair();
  for (const raw of [oneRaw, otherRaw]) raw.stream.resume();
  const modest = connect(one, clock, {}, undefined, budget);
  const greedy = connect(other, clock, {}, undefined, budget);
  sendRaw(oneRaw, encodeMessagePacket(0x20, false, new Uint8Array(1000)));
  for (let i = 0; i < 9; i++) sendRaw(otherRaw, encodeMessagePacket(0x20, false, new Uint8Array(1024)));
  await settled();
  expect(greedy.faults).toMatchObject([{ kind: "overload" }]);
  expect(modest.faults).toEqual([]);
  expect(budget.usedBytes).toBe(1000);
  modest.connection.end(bye);
  expect(budget.usedBytes).toBe(0);
});

test("a fault of the listener ends the connection, and what follows is not handled", async () => {
  const clock = new FakeClock();
  const [ours, raw] = await secretPair();
  const fault = new PeerFault("misbehaviour", "no", {}, { banMs: 5 });
  const { messages, faults } = connect(ours, clock, {}, () => {
    throw fault;
  });
  const packet = encodeMessagePacket(0x20, true, Uint8Array.of(1));
  sendRaw(raw, concat(packet, packet));
  await settled();
  expect(messages.length).toBe(1);
  expect(faults).toEqual([fault]);
});

test("the end of the stream, a reset and our own end are told once, and nothing stays behind", async () => {
  const gone = await withRawPeer();
  gone.raw.stream.end();
  await settled();
  expect(gone.faults).toMatchObject([{ kind: "closed" }]);
  expect(gone.clock.pending).toBe(0);

  const ended = await withRawPeer();
  ended.connection.end(bye);
  ended.connection.end(new PeerFault("stopped", "again"));
  await settled();
  expect(ended.faults).toEqual([bye]);
  expect(ended.connection.trySend(0x20, new Uint8Array(1))).toBe(false);
  expect(ended.clock.pending).toBe(0);
});

test("finishing sends what is queued first", async () => {
  const clock = new FakeClock();
  const [one, other] = await secretPair();
  const sender = connect(one, clock, { sendRate: 1 });
  const receiver = connect(other, clock);
  for (let i = 0; i < 20; i++) sender.connection.trySend(0x20, new Uint8Array(3000).fill(i));
  sender.connection.finish(bye);
  await settled(20);
  expect(receiver.messages.length).toBe(20);
  expect(receiver.faults).toMatchObject([{ kind: "closed" }]);
  expect(sender.faults).toEqual([bye]);
  expect(clock.pending).toBe(0);
});

test("no bytes inside frames do anything but be handled or end the connection with a fault", async () => {
  const damage = fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), damage), async (input) => {
      const { raw, faults } = await withRawPeer();
      const bytes = input instanceof Uint8Array ? input : damaged(input);
      sendRaw(raw, bytes);
      await settled(3);
      for (const fault of faults) expect(fault).toBeInstanceOf(PeerFault);
    }),
    { numRuns: 200 },
  );
});

function damaged(changes: [number, number][]): Uint8Array {
  const bytes = concat(PING_PACKET, encodeMessagePacket(0x20, false, new Uint8Array(40)), PING_PACKET);
  for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
  return bytes;
}
