import { expect, test } from "vitest";
import { Network } from "../../test/consensus-network.ts";
import type { Hold } from "../storage/background/hold.ts";
import { pruneConsensus } from "./prune-consensus.ts";
import { DbStateStore } from "./state-store.ts";

/** A chain of 20 blocks, of which only the heights are kept. */
function history() {
  const network = new Network();
  for (let i = 0; i < 20; i++) network.produce();
  let blocks = Array.from({ length: 20 }, (_, i) => BigInt(i + 1));
  return {
    network,
    blocks: {
      get oldest() {
        return blocks[0];
      },
      prune(below: bigint, limit: number) {
        const kept = blocks.filter((height, i) => height >= below || i >= limit);
        blocks = kept;
        return kept[0]! < below;
      },
    },
    state: network.database,
    transaction: <T>(body: () => T) => body(),
  };
}

/** Prunes to the end; the height of the oldest block after each step. */
function pruneAll(chain: ReturnType<typeof history>, numKept: bigint, holds: Hold[], limit: number) {
  const oldest: unknown[] = [];
  while (pruneConsensus(numKept, holds, chain, limit)) oldest.push(chain.blocks.oldest);
  return oldest;
}

test("the newest versions and their blocks are kept, old blocks go a few at a time", () => {
  const chain = history();
  const oldest = pruneAll(chain, 3n, [], 5);
  expect(oldest.slice(0, 3)).toEqual([6n, 11n, 16n]);
  expect([chain.blocks.oldest, chain.state.earliestVersion()]).toEqual([17n, 17n]);
  expect(chain.state.rootsForVersion(16n)).toEqual([]);
  expect(new DbStateStore(chain.state).last?.version).toBe(20n);
  expect(pruneConsensus(3n, [], chain, 5)).toBe(false);
  chain.network.produce();
  pruneAll(chain, 3n, [], 5);
  expect(chain.state.earliestVersion()).toBe(18n);
});

test("nothing that is held goes, whatever shall be kept", () => {
  const chain = history();
  let held: bigint | null = 7n;
  const holds = [() => null, () => held];
  pruneAll(chain, 1n, holds, 100);
  expect([chain.state.earliestVersion(), chain.blocks.oldest]).toEqual([7n, 7n]);
  held = null;
  pruneAll(chain, 1n, holds, 100);
  expect(chain.state.earliestVersion()).toBe(19n);
  expect(pruneAll(chain, 100n, [], 100)).toEqual([]);
  expect(chain.state.earliestVersion()).toBe(19n);
});
