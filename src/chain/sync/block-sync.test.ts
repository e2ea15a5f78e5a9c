import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { testNode as chainNode, testGenesis } from "../../../test/chain/engine-fixture.ts";
import { emptyDisk, KeyValueApplication } from "../../../test/chain/key-value-application.ts";
import { FakeClock } from "../../../test/fake-clock.ts";
import { settled } from "../../../test/p2p/duplex-pair.ts";
import { type RawPeer, rawPeer, type TestNode, testNode } from "../../../test/p2p/loopback-network.ts";
import { toHex } from "../../codec/bytes.ts";
import { encodeMessagePacket } from "../../p2p/comet/mux/packet.ts";
import type { Environment } from "../../storage/environment/environment.ts";
import { memoryEnvironment } from "../../storage/environment/memory-environment.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { encodeBlock, parseBlock } from "../block.ts";
import type { CommittedBlock } from "../block-executor.ts";
import { ChainStore } from "../chain-store.ts";
import { systemClock } from "../clock.ts";
import { examineBlock } from "../examine-block.ts";
import { encode } from "../wire.ts";
import { PEER_TIMEOUT_MS } from "./block-pool.ts";
import { BLOCK_SYNC_CHANNEL, BlockSync, type BlockSyncDeps, LOOK_INTERVAL_MS } from "./block-sync.ts";
import { SyncMessage } from "./sync-message.ts";

const BLOCKS = 30n;
const nodes: TestNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map(({ network }) => network.stop()));
});

const made = new Map<bigint, Environment>();

/** The database of a validator that made a chain; only read from. */
function madeChain(blocks = BLOCKS): Environment {
  const before = made.get(blocks);
  if (before !== undefined) return before;
  const { engine, disk, clock, controller } = chainNode();
  engine.start(controller.signal);
  while (engine.latestHeight < blocks) clock.advance(1000);
  controller.abort();
  made.set(blocks, disk.environment);
  return disk.environment;
}

async function openNode(seed: number, environment: Environment, more: Partial<BlockSyncDeps> = {}) {
  const store = new ChainStore(environment);
  const heights: bigint[] = [];
  const sync = new BlockSync({
    ...{ genesis: testGenesis(), environment, store, application: new KeyValueApplication(emptyDisk()) },
    onCommitted: ({ height }) => heights.push(height),
    ...{ clock: systemClock, logger: silentLogging.logger("chain") },
    ...more,
  });
  const node = testNode({ seed, channel: false, moreChannels: [sync.channel] });
  nodes.push(node);
  await node.network.start();
  return { sync, network: node.network, address: node.address, store, heights };
}

const soon = () => AbortSignal.timeout(20_000);

test("a new node fetches a chain from another and has the same blocks", async () => {
  const source = await openNode(1, madeChain());
  const ours = await openNode(2, memoryEnvironment());
  const done = ours.sync.run(soon());
  await ours.network.dial(source.address);
  const state = await done;
  // The newest block lacks the commit that only its successor carries.
  expect(state.last_block_height).toBe(source.store.height - 1n);
  for (let height = 1n; height < source.store.height; height++) {
    expect(toHex(ours.store.encodedBlock(height)!)).toBe(toHex(source.store.encodedBlock(height)!));
  }
  expect(ours.heights).toEqual(Array.from({ length: Number(BLOCKS) - 1 }, (_, i) => BigInt(i + 1)));
  expect(ours.sync.progress).toBeNull();
});

test("when there are many blocks, each is executed after it was verified ahead", async () => {
  const source = await openNode(1, madeChain(100n));
  const verified = new Set<string>();
  const open = { states: 0, isClosed: false };
  const verifyAhead = () => ({
    verify: async (encoded: Uint8Array) => {
      await nextTurn();
      verified.add(toHex(encoded));
      return examineBlock(parseBlock(encoded), encoded);
    },
    onState: () => {
      open.states++;
    },
    close: async () => {
      open.isClosed = true;
    },
  });
  const early: bigint[] = [];
  const onCommitted = ({ height, block }: CommittedBlock) => {
    if (!verified.has(toHex(encodeBlock(block)))) early.push(height);
  };
  const ours = await openNode(2, memoryEnvironment(), { verifyAhead, onCommitted });
  const done = ours.sync.run(soon());
  await ours.network.dial(source.address);
  expect((await done).last_block_height).toBe(99n);
  expect({ early, ...open }).toEqual({ early: [], states: 100, isClosed: true });
});

test("what was fetched is served to the next", async () => {
  const source = await openNode(1, madeChain());
  const second = await openNode(2, memoryEnvironment());
  const synced = second.sync.run(soon());
  await second.network.dial(source.address);
  await synced;
  await source.network.stop();
  const third = await openNode(3, memoryEnvironment());
  const done = third.sync.run(soon());
  await third.network.dial(second.address);
  expect((await done).last_block_height).toBe(second.store.height - 1n);
});

test("several peers share the work, and one that goes is done without", async () => {
  const environment = madeChain();
  const sources = [
    await openNode(1, environment),
    await openNode(2, environment),
    await openNode(3, environment),
  ];
  const ours = await openNode(4, memoryEnvironment());
  const done = ours.sync.run(soon());
  for (const { address } of sources) await ours.network.dial(address);
  await sources[0]!.network.stop();
  expect((await done).last_block_height).toBe(BLOCKS - 1n);
});

/** A peer that says that it has the chain and answers requests as it likes. */
async function liar(
  at: Awaited<ReturnType<typeof openNode>>,
): Promise<RawPeer & { say(message: SyncMessage): void }> {
  const raw = await rawPeer(at.address, 9, { channels: Uint8Array.of(BLOCK_SYNC_CHANNEL) });
  const say = (message: SyncMessage) => {
    const bytes = encode(SyncMessage, message);
    for (let start = 0; start < bytes.length; start += 1024) {
      const end = Math.min(start + 1024, bytes.length);
      raw.send(encodeMessagePacket(BLOCK_SYNC_CHANNEL, end === bytes.length, bytes.subarray(start, end)));
    }
  };
  return { ...raw, say };
}

test("a peer that sends a wrong block is banned, and the block fetched elsewhere", async () => {
  const environment = madeChain();
  const source = new ChainStore(environment);
  const ours = await openNode(2, memoryEnvironment());
  const done = ours.sync.run(soon());
  const lying = await liar(ours);
  lying.say({ type: "status_response", value: { height: BLOCKS, base: 1n } });
  // Blocks of a chain with other transactions: everything but the signatures fits.
  for (let height = 1n; height <= 20n; height++) {
    const block = parseBlock(source.encodedBlock(height)!);
    const forged = encodeBlock({
      ...block,
      header: { ...block.header, app_hash: new Uint8Array(32).fill(9) },
    });
    lying.say({ type: "block_response", value: { block: forged } });
  }
  await lying.closed;
  expect(ours.network.report().banned).toMatchObject([{ name: lying.id, reason: "it sent a wrong block" }]);
  const honest = await openNode(1, environment);
  await ours.network.dial(honest.address);
  expect((await done).last_block_height).toBe(BLOCKS - 1n);
});

test("a peer that does not send the blocks it told of is banned, and they are fetched elsewhere", async () => {
  const clock = new FakeClock();
  const ours = await openNode(2, memoryEnvironment(), { clock });
  const done = ours.sync.run(soon());
  const lying = await liar(ours);
  lying.say({ type: "status_response", value: { height: BLOCKS + 1000n, base: 1n } });
  const honest = await openNode(1, madeChain());
  await ours.network.dial(honest.address);
  while (ours.sync.progress?.target !== BLOCKS + 1000n) await settled(1);
  clock.advance(PEER_TIMEOUT_MS + LOOK_INTERVAL_MS);
  await lying.closed;
  const reason = "it does not send the blocks that it owes";
  expect(ours.network.report().banned).toMatchObject([{ name: lying.id, reason }]);
  expect((await done).last_block_height).toBe(BLOCKS - 1n);
});

test("a peer that tells of more blocks than there are does not keep a node from its work", async () => {
  const ours = await openNode(2, memoryEnvironment(), { clock: new FakeClock() });
  const done = ours.sync.run(soon());
  const lying = await liar(ours);
  lying.say({ type: "status_response", value: { height: BLOCKS + 1000n, base: 1n } });
  for (let height = 1n; height <= 200n; height++) {
    lying.say({ type: "no_block_response", value: { height } });
  }
  const honest = await openNode(1, madeChain());
  await ours.network.dial(honest.address);
  let isDone = false;
  void done.then(() => {
    isDone = true;
  });
  // Whatever it is asked for, it has none of it.
  while (!isDone) {
    const next = (ours.sync.progress?.height ?? 0n) + 1n;
    for (let height = next; height < next + 30n; height++) {
      lying.say({ type: "no_block_response", value: { height } });
    }
    await settled(1);
  }
  expect((await done).last_block_height).toBe(BLOCKS - 1n);
});

test.each([
  ["a block that nobody asked for", "block"],
  ["a range that is none", "range"],
  ["a height that goes down", "down"],
  ["bytes that are no block", "garbage"],
  ["an unknown message", "unknown"],
])("a peer that sends %s is left", async (_, what) => {
  const source = new ChainStore(madeChain());
  const ours = await openNode(2, memoryEnvironment());
  const controller = new AbortController();
  const done = ours.sync.run(controller.signal);
  const lying = await liar(ours);
  if (what === "block") {
    lying.say({ type: "block_response", value: { block: source.encodedBlock(5n)! } });
  } else if (what === "range") {
    lying.say({ type: "status_response", value: { height: 1n, base: 2n } });
  } else if (what === "down") {
    lying.say({ type: "status_response", value: { height: 30n, base: 1n } });
    lying.say({ type: "status_response", value: { height: 29n, base: 1n } });
  } else if (what === "garbage") {
    lying.say({ type: "block_response", value: { block: Uint8Array.of(1, 2, 3) } });
  } else {
    lying.send(encodeMessagePacket(BLOCK_SYNC_CHANNEL, true, new Uint8Array(0)));
  }
  await lying.closed;
  controller.abort(new Error("enough"));
  await expect(done).rejects.toThrow("enough");
});

test("messages have the bytes of the official code", () => {
  expect(toHex(encode(SyncMessage, { type: "status_request", value: {} }))).toBe("2200");
  expect(toHex(encode(SyncMessage, { type: "status_response", value: { height: 7n, base: 1n } }))).toBe(
    "2a0408071001",
  );
});
