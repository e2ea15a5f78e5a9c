import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toHex } from "../../src/codec/bytes.ts";
import { COMMITTEE_READY } from "../../src/types/api-runtime-status.ts";
import { get, insert, type ParaTimeClient } from "../e2e/key-value-client.ts";
import { type MixedCommittee, type MixedNode, startMixedCommittee } from "./mixed-committee.ts";
import { eventually, officialBinary } from "./official-network.ts";

const binary = officialBinary();
const timeout = 300_000;

describe.skipIf(binary === null)("a committee of two official nodes and two of ours", () => {
  let committee: MixedCommittee;

  beforeAll(async () => {
    committee = await startMixedCommittee(binary!, { ours: 2, official: 2 });
    for (const node of committee.nodes) await eventually(() => isElected(node));
  }, timeout);

  afterAll(async () => {
    await committee?.[Symbol.asyncDispose]();
  });

  test("executes what either kind is given, and all have the same states", { timeout }, async () => {
    let round = 0n;
    for (let i = 0; i < 12; i++) {
      const node = committee.nodes[i % committee.nodes.length]!;
      round = await insert(node, `key ${i}`, `value ${i}`);
    }
    const states = await Promise.all(committee.nodes.map((node) => stateOf(node, round)));
    expect(new Set(states).size).toBe(1);
    for (const node of committee.nodes) expect(await get(node, "key 3")).toBe("value 3");
    // Rounds have their first schedulers in turn: each of the four proposed, and was heard by the others.
    for (const node of committee.nodes) {
      const { liveness } = (await statusOf(node)).committee!;
      expect(liveness!.finalized_proposals).toBeGreaterThan(0n);
      expect(liveness!.live_rounds).toBeGreaterThan(0n);
    }
  });

  test.each([
    ["an official node", true],
    ["a node of ours", false],
  ])(
    "%s that joins late gets the states of all rounds, and passes transactions on",
    { timeout },
    async (_, isOfficial) => {
      const client = await committee.addClient(isOfficial ? "late-official" : "late", isOfficial);
      await eventually(() => isReady(client));
      const round = await insert(client, `from ${client.name}`, "there");
      expect(await get(client, "key 0")).toBe("value 0");
      const [first] = committee.nodes;
      expect(await stateOf(client, round)).toBe(await stateOf(first!, round));
      expect(await stateOf(client, 1n)).toBe(await stateOf(first!, 1n));
    },
  );
});

async function statusOf({ client, runtimeId }: ParaTimeClient) {
  const { runtimes } = await client.call("NodeController", "GetStatus", null);
  return runtimes!.get(toHex(runtimeId))!;
}

async function isElected(node: MixedNode): Promise<boolean> {
  const { committee } = await statusOf(node).catch(() => ({ committee: null }));
  return (
    committee !== null && committee.status === COMMITTEE_READY && (committee.executor_roles ?? []).length > 0
  );
}

async function isReady({ client }: ParaTimeClient): Promise<boolean> {
  return await client.call("NodeController", "IsReady", null).catch(() => false);
}

/** State and I/O root of a round, when the node has it. */
async function stateOf({ client, runtimeId }: ParaTimeClient, round: bigint): Promise<string> {
  for await (const { block } of client.watch("RuntimeClient", "WatchBlocks", runtimeId)) {
    if (block.header.round >= round) break;
  }
  const { header } = await client.call("RuntimeClient", "GetBlock", { runtime_id: runtimeId, round });
  return `${toHex(header.state_root)} ${toHex(header.io_root)}`;
}
