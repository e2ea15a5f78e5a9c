import { afterEach, describe, expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { systemClock } from "../chain/clock.ts";
import { silentLogging } from "../telemetry/logger.ts";
import { HeadFollower } from "./head-follower.ts";
import { type Lie, RecordedNode } from "./testing/recorded-provider.ts";
import { type StatelessWorld, statelessWorld } from "./testing/stateless-world.ts";

const FIRST = 5n;

const files = {
  genesis: sharedPath("chains", "gas-fees_staking.genesis.json"),
  chain: sharedPath("chains", "gas-fees_staking.jsonl.gz"),
};

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A node that stands at a height, and a follower of it that has begun. */
async function followed(lie?: (world: StatelessWorld) => void) {
  const node = new RecordedNode(files, FIRST);
  const world = await statelessWorld(node);
  lie?.(world);
  const { pool, headers } = world;
  const stop = new AbortController();
  // Pauses are those of the follower alone, and short where nothing fails.
  const follower = new HeadFollower({
    pool,
    headers,
    clock: systemClock,
    logger: silentLogging.logger("test"),
  });
  follower.start(stop.signal);
  stops.push(async () => {
    stop.abort(new Error("the test is over"));
    await follower.ended();
    await world[Symbol.asyncDispose]();
  });
  return { node, world, follower, headers, signal: stop.signal };
}

describe("the head of the chain", () => {
  test("is what the providers tell of, once it is verified", async () => {
    const { node, headers, world, follower, signal } = await followed();
    await headers.reached(FIRST, signal);
    for (let height = FIRST + 1n; height <= FIRST + 5n; height++) {
      node.advance();
      await headers.reached(height, signal);
      expect(headers.latest!.header).toEqual(node.blockAt(height)!.block.header);
    }
    expect(follower.failure).toBeNull();
    expect(world.pool.report().some(({ height }) => height === FIRST + 5n)).toBe(true);
  });

  test("is that of the others when one tells of a block that is not there", async () => {
    const { node, headers, world, signal } = await followed(({ providers }) => {
      providers[0]!.lies.set("Consensus/GetLatestHeight", () => 1_000_000n);
    });
    await headers.reached(FIRST, signal);
    node.advance();
    await headers.reached(FIRST + 1n, signal);
    expect(headers.latestHeight).toBe(FIRST + 1n);
    expect(world.pool.report()[0]!.height).toBeGreaterThan(0n);
  });

  test("moves on with those who have a newer block when one stands still", async () => {
    const { node, headers, signal } = await followed(({ providers }) => {
      providers[0]!.lies.set("Consensus/GetLatestHeight", () => 2n);
      providers[0]!.lies.set("Consensus/GetLightBlock", ((block: { height: bigint }) => {
        if (block.height > 2n) throw new Error("it has no such block");
        return block;
      }) as unknown as Lie);
    });
    await headers.reached(FIRST, signal);
    node.advance();
    await headers.reached(FIRST + 1n, signal);
  });

  test("is not there while nobody can prove it, and why is said", async () => {
    const { headers, follower, world } = await followed(({ providers }) => {
      for (const { lies } of providers) {
        lies.set("Consensus/GetLightBlock", () => {
          throw new Error("out of order");
        });
      }
    });
    while (follower.failure === null) await new Promise(setImmediate);
    expect(follower.failure).toMatch(/provider-1: .*out of order/);
    expect(headers.latest).toBeNull();
    expect(world.pool.report().map(({ isGone }) => isGone)).toEqual([false, false, false]);
    expect(headers.latestHeight).toBe(0n);
    await expect(
      async () => await world.handlers.Staking.TotalSupply(0n, { signal: new AbortController().signal }),
    ).rejects.toMatchObject({ module: "consensus", wireCode: 1 });
  });
});
