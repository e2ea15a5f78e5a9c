import { expect, test } from "vitest";
import { Network } from "../../test/consensus-network.ts";
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

test("the newest versions and their blocks are kept, old ones go a few at a time", () => {
  const chain = history();
  const steps: unknown[] = [];
  for (let i = 0; i < 5; i++) {
    const more = pruneConsensus(3n, [], chain, 5);
    steps.push([more, chain.state.earliestVersion(), chain.blocks.oldest]);
  }
  expect(steps).toEqual([
    [true, 6n, 6n],
    [true, 11n, 11n],
    [true, 16n, 16n],
    [false, 17n, 17n],
    [false, 17n, 17n],
  ]);
  expect(chain.state.rootsForVersion(16n)).toEqual([]);
  expect(new DbStateStore(chain.state).last?.version).toBe(20n);
  chain.network.produce();
  expect(pruneConsensus(3n, [], chain, 5)).toBe(false);
  expect(chain.state.earliestVersion()).toBe(18n);
});

test("nothing that is held goes, whatever shall be kept", () => {
  const chain = history();
  let held: bigint | null = 7n;
  expect(pruneConsensus(1n, [() => null, () => held], chain, 100)).toBe(false);
  expect(chain.state.earliestVersion()).toBe(7n);
  held = null;
  expect(pruneConsensus(1n, [() => null, () => held], chain, 100)).toBe(false);
  expect(chain.state.earliestVersion()).toBe(19n);
  expect(pruneConsensus(100n, [], chain, 100)).toBe(false);
  expect(chain.state.earliestVersion()).toBe(19n);
});
