import { describe, expect, test } from "vitest";
import {
  GENESIS_TIME_MS,
  hookedApplication,
  NETWORK_PACING,
  newDisk,
  testGenesis,
  testNode,
  testSignerOf,
} from "../../test/chain/engine-fixture.ts";
import { followChain } from "../../test/chain/follow-chain.ts";
import { encodeTx } from "../../test/chain/key-value-application.ts";
import { FakeClock } from "../../test/fake-clock.ts";
import { toHex } from "../codec/bytes.ts";
import type { CommittedBlock } from "./block-executor.ts";
import { headerHash } from "./header.ts";
import { checkLightBlock, decodeLightBlock, encodeLightBlock } from "./light-block.ts";
import { verifyCommit } from "./verify-commit.ts";

const never = new AbortController().signal;
const genesis = testGenesis();
const ON_DEMAND = { kind: "on-demand", maxIntervalMs: 1000 } as const;

test("a lone validator makes blocks that are valid to a stranger", () => {
  const { engine, clock, disk, controller } = testNode();
  const heard: CommittedBlock[] = [];
  engine.onBlock((block) => heard.push(block));
  engine.start(controller.signal);
  clock.advance(5000);
  expect(heard.map(({ height }) => height)).toEqual([1n, 2n, 3n, 4n, 5n]);
  expect(followChain(genesis, disk.environment).last_block_height).toBe(5n);
  expect(toHex(engine.state.app_hash)).toBe(toHex(disk.app.appHash));
});

test("a chain whose genesis is still to come waits for it", () => {
  const { engine, clock, controller } = testNode({ clock: new FakeClock(GENESIS_TIME_MS - 60_000) });
  engine.start(controller.signal);
  clock.advance(59_999);
  expect(engine.latestHeight).toBe(0n);
  clock.advance(1);
  expect(engine.blockAt(1n)!.block.header.time).toBe(genesis.genesis_time);
});

test("reads give what is committed", () => {
  const { engine, clock, controller } = testNode();
  engine.start(controller.signal);
  clock.advance(3000);
  for (const height of [1n, 2n, 3n]) {
    const light = engine.lightBlockAt(height)!;
    checkLightBlock(genesis.chain_id, light);
    const { commit, validators } = decodeLightBlock(encodeLightBlock(light));
    verifyCommit({ chainId: genesis.chain_id, height, blockId: commit.block_id, validators }, commit);
    const stored = engine.blockAt(height)!;
    expect(toHex(stored.hash)).toBe(toHex(headerHash(stored.block.header)));
    expect(engine.heightOf(stored.hash)).toBe(height);
    expect(engine.resultsAt(height)!.txResults).toHaveLength(1);
    expect(engine.paramsAt(height)).toEqual(genesis.consensus_params);
  }
  for (const height of [0n, 4n, 1000n]) {
    expect(engine.blockAt(height)).toBeNull();
    expect(engine.resultsAt(height)).toBeNull();
    expect(engine.commitAt(height)).toBeNull();
  }
  expect(engine.validatorsAt(5n)!.hash).toEqual(engine.state.next_validators.hash);
  expect(engine.validatorsAt(6n)).toBeNull();
  expect(engine.paramsAt(5n)).toBeNull();
});

describe("pacing", () => {
  test("on demand a block comes with each transaction, and one a second without", async () => {
    const { engine, clock, controller } = testNode({ pacing: ON_DEMAND });
    engine.start(controller.signal);
    clock.advance(0);
    expect(engine.latestHeight).toBe(1n);
    clock.advance(999);
    expect(engine.latestHeight).toBe(1n);
    clock.advance(1);
    expect(engine.latestHeight).toBe(2n);
    const outcome = engine.submitTx(encodeTx({ key: "a", value: "1" }), "block", never);
    clock.advance(0);
    expect(await outcome).toMatchObject({ stage: "block", height: 3n, index: 0, result: { code: 0 } });
    clock.advance(1000);
    expect(engine.latestHeight).toBe(4n);
  });

  test("on demand transactions that come during a block are in the next one", async () => {
    const { engine, clock, controller } = testNode({ pacing: ON_DEMAND });
    engine.start(controller.signal);
    let late: Promise<unknown> | undefined;
    engine.onBlock(({ height }) => {
      if (height === 1n) late = engine.submitTx(encodeTx({ key: "b", value: "1" }), "block", never);
    });
    clock.advance(0);
    expect(await late).toMatchObject({ stage: "block", height: 2n });
  });

  test("with an empty block interval an unchanged state waits for transactions", async () => {
    // The root of this application changes with every block, so that the interval never counts.
    const pacing = { ...NETWORK_PACING, timeoutCommitMs: 100, emptyBlockIntervalMs: 60_000 };
    const { engine, clock, controller } = testNode({ pacing });
    engine.start(controller.signal);
    clock.advance(1000);
    expect(engine.latestHeight).toBe(10n);
  });

  test("without a commit timeout the next height starts at once", () => {
    const pacing = { ...NETWORK_PACING, skipTimeoutCommit: true };
    const { engine, clock, controller } = testNode({ pacing });
    engine.start(controller.signal);
    engine.onBlock(({ height }) => {
      if (height === 20n) controller.abort();
    });
    clock.advance(1000);
    expect(engine.latestHeight).toBe(20n);
  });
});

describe("submission", () => {
  test("an executed transaction comes back with its result, good or bad", async () => {
    const { engine, clock, controller } = testNode();
    engine.start(controller.signal);
    const good = engine.submitTx(encodeTx({ key: "a", value: "1", sender: "s", nonce: 0 }), "block", never);
    const next = engine.submitTx(encodeTx({ key: "a", value: "2", sender: "s", nonce: 1 }), "block", never);
    clock.advance(1000);
    expect(await good).toMatchObject({ stage: "block", height: 1n, index: 0, result: { code: 0 } });
    expect(await next).toMatchObject({ stage: "block", height: 1n, index: 1, result: { code: 0 } });
  });

  test("a refused transaction comes back at once", async () => {
    const { engine, controller } = testNode();
    engine.start(controller.signal);
    const outcome = await engine.submitTx(
      encodeTx({ key: "a", value: "1", sender: "s", nonce: 5 }),
      "block",
      never,
    );
    expect(outcome).toMatchObject({ stage: "check", result: { code: 1, log: "nonce 5, expected 0" } });
  });

  test("a duplicate is refused with the network's error", async () => {
    const { engine, controller } = testNode();
    engine.start(controller.signal);
    const tx = encodeTx({ key: "a", value: "1" });
    await engine.submitTx(tx, "check", never);
    await expect(engine.submitTx(tx, "block", never)).rejects.toMatchObject({
      module: "consensus",
      wireCode: 5,
    });
  });

  test("waiting ends with the signal, and leaves nothing behind", async () => {
    const { engine, clock, controller } = testNode();
    engine.start(controller.signal);
    const abort = new AbortController();
    const outcome = engine.submitTx(encodeTx({ key: "a", value: "1" }), "block", abort.signal);
    abort.abort(new Error("too long"));
    await expect(outcome).rejects.toThrow("too long");
    clock.advance(1000);
    expect(engine.blockAt(1n)!.block.txs).toHaveLength(2);
  });

  test("stopping rejects those who wait, and later submissions", async () => {
    const { engine, clock, controller } = testNode();
    engine.start(controller.signal);
    const outcome = engine.submitTx(encodeTx({ key: "a", value: "1" }), "block", never);
    controller.abort();
    await expect(outcome).rejects.toMatchObject({ code: "chain/stopped" });
    await expect(engine.submitTx(encodeTx({ key: "b", value: "1" }), "check", never)).rejects.toMatchObject({
      code: "chain/stopped",
    });
    expect(clock.pending).toBe(0);
    expect(engine.status).toEqual({ state: "stopped" });
  });
});

test("a block holds no more than the limits allow, the rest comes later", async () => {
  const { engine, clock, controller, disk } = testNode();
  engine.start(controller.signal);
  const outcomes = Array.from({ length: 40 }, (_, i) =>
    engine.submitTx(encodeTx({ key: `k${i}`, value: "x".repeat(10_000), gas: 30 }), "block", never),
  );
  clock.advance(5000);
  const heights = new Set(
    (await Promise.all(outcomes)).map((outcome) => outcome.stage === "block" && outcome.height),
  );
  expect([...heights]).toEqual([1n, 2n, 3n]);
  expect(followChain(genesis, disk.environment).last_block_height).toBe(5n);
});

test("a validator that joins and takes over the power stops the chain that cannot go on without it", async () => {
  const { engine, clock, controller, disk } = testNode();
  engine.start(controller.signal);
  const newcomer = toHex(testSignerOf(2).publicKey);
  await engine.submitTx(encodeTx({ key: "join", value: "100", validator: newcomer }), "check", never);
  clock.advance(60_000);
  // The change of block 1 signs from height 3 on, where this node has not enough power alone.
  expect(engine.latestHeight).toBe(2n);
  expect(engine.status).toMatchObject({ state: "running", height: 3n });
  expect(engine.validatorsAt(3n)!.size).toBe(2);
  expect(followChain(genesis, disk.environment).last_block_height).toBe(2n);
});

test("a follower without a key decides nothing", () => {
  const { engine, clock, controller } = testNode({ signer: 0 });
  engine.start(controller.signal);
  clock.advance(60_000);
  expect(engine.latestHeight).toBe(0n);
});

test("blocks are forgotten a few at a time, what later heights need is not", () => {
  const { engine, clock, controller } = testNode();
  engine.start(controller.signal);
  clock.advance(10_000);
  expect([engine.latestHeight, engine.oldestHeight]).toEqual([10n, 1n]);
  expect(engine.prune(8n, 4)).toBe(true);
  expect(engine.oldestHeight).toBe(5n);
  expect(engine.prune(8n, 4)).toBe(false);
  expect(engine.prune(8n, 4)).toBe(false);
  expect(engine.oldestHeight).toBe(8n);
  expect(engine.blockAt(7n)).toBeNull();
  expect(engine.resultsAt(7n)).toBeNull();
  expect(engine.lightBlockAt(8n)).not.toBeNull();
  expect(engine.paramsAt(9n)).toEqual(genesis.consensus_params);
  expect(engine.prune(99n, 99)).toBe(false);
  expect(engine.oldestHeight).toBe(10n);
  clock.advance(1000);
  expect(engine.latestHeight).toBe(11n);
});

test("a listener that throws stops neither the chain nor the other listeners", () => {
  const { engine, clock, controller } = testNode();
  let heard = 0;
  engine.onBlock(() => {
    throw new Error("bad listener");
  });
  engine.onBlock(() => {
    heard += 1;
  });
  engine.start(controller.signal);
  clock.advance(2000);
  expect(heard).toBe(2);
});

test("an application that fails halts the chain with its error; reads go on", async () => {
  const { engine, clock, controller } = testNode({
    wrap: (application) =>
      hookedApplication(application, (method) => {
        if (method === "finalizeBlock" && application.info().lastHeight === 2n)
          throw new Error("out of storage");
      }),
  });
  const halts: unknown[] = [];
  engine.onHalt((error) => halts.push(error));
  engine.start(controller.signal);
  clock.advance(2000);
  const waiting = engine.submitTx(encodeTx({ key: "a", value: "1" }), "block", never);
  const rejected = expect(waiting).rejects.toMatchObject({ code: "chain/stopped" });
  clock.advance(10_000);
  await rejected;
  expect(engine.status).toMatchObject({ state: "halted", height: 2n, error: new Error("out of storage") });
  expect(halts).toHaveLength(1);
  expect(engine.blockAt(2n)).not.toBeNull();
  expect(clock.pending).toBe(0);
});

test("another chain's data is refused", () => {
  const disk = newDisk();
  const first = testNode({ disk });
  first.engine.start(first.controller.signal);
  first.clock.advance(1000);
  first.controller.abort();
  const other = testNode({ disk, genesis: { ...genesis, chain_id: "other-chain" } });
  expect(() => other.engine.start(never)).toThrow(expect.objectContaining({ code: "chain/corrupt" }));
});
