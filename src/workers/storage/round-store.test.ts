import { expect, test } from "vitest";
import {
  blockOf,
  emptyBlock,
  executeCounting,
  genesisBlock,
  memoryStore,
  roundAfter,
} from "../../../test/workers/rounds.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { findTransaction } from "../client/round-transactions.ts";
import type { RoundContext } from "../round-context.ts";
import { pruneRounds } from "./prune-rounds.ts";
import { unindexedHeight } from "./unindexed-height.ts";

const annotated = (block: ReturnType<typeof genesisBlock>) => ({
  consensus_height: block.header.round + 10n,
  block,
});
const tx = (text: string) => new TextEncoder().encode(text);

function storeWithGenesis() {
  const store = memoryStore();
  const genesis = genesisBlock();
  expect(store.finalize(annotated(genesis))).toBe("finalized");
  return { store, genesis };
}

test("results become the state and the transactions of the round that is finalized", () => {
  const { store, genesis } = storeWithGenesis();
  const batch = executeCounting(store, roundAfter(genesis), [tx("a"), tx("b")]);
  store.applyResults(genesis.header, batch);
  const block = blockOf(genesis, batch);
  expect(store.finalize(annotated(block))).toBe("finalized");
  expect(store.finalize(annotated(block))).toBe("known");
  expect(store.lastBlock?.block.header.round).toBe(1n);
  expect(store.stateTree(1n)?.get(sha512_256(tx("a")))).toEqual(tx("a"));
  expect(findTransaction(store.ioTree(1n)!, sha512_256(tx("b")))).toEqual({ output: tx("b"), batchOrder: 1 });
  expect(findTransaction(store.ioTree(1n)!, sha512_256(tx("c")))).toBeNull();
});

test("write logs that do not lead to the claimed roots are refused and leave nothing", () => {
  const { store, genesis } = storeWithGenesis();
  const batch = executeCounting(store, roundAfter(genesis), [tx("a")]);
  const wrong = { ...batch, stateWriteLog: [[tx("x"), tx("y")]] as [Uint8Array, Uint8Array][] };
  expect(() => store.applyResults(genesis.header, wrong)).toThrow(/root mismatch/);
  expect(store.finalize(annotated(blockOf(genesis, batch)))).toBe("stateMissing");
  store.applyResults(genesis.header, batch);
  expect(store.finalize(annotated(blockOf(genesis, batch)))).toBe("finalized");
});

test("rounds without results keep the state", () => {
  const { store, genesis } = storeWithGenesis();
  const batch = executeCounting(store, roundAfter(genesis), [tx("a")]);
  store.applyResults(genesis.header, batch);
  const first = blockOf(genesis, batch);
  store.finalize(annotated(first));
  const second = emptyBlock(first);
  expect(store.finalize(annotated(second))).toBe("finalized");
  expect(store.stateTree(2n)?.get(sha512_256(tx("a")))).toEqual(tx("a"));
  const next = executeCounting(store, roundAfter(second), [tx("b")]);
  store.applyResults(second.header, next);
  expect(store.finalize(annotated(blockOf(second, next)))).toBe("finalized");
  expect(store.stateTree(3n)?.get(sha512_256(tx("b")))).toEqual(tx("b"));
});

test("results that lost are dropped when the round fails", () => {
  const { store, genesis } = storeWithGenesis();
  store.applyResults(genesis.header, executeCounting(store, roundAfter(genesis), [tx("lost")]));
  const failed = emptyBlock(genesis);
  expect(store.finalize(annotated(failed))).toBe("finalized");
  expect(store.stateTree(1n)?.get(sha512_256(tx("lost")))).toBeNull();
});

test("a round that somebody else executed has no state here", () => {
  const { store, genesis } = storeWithGenesis();
  const elsewhere = executeCounting(store, roundAfter(genesis), [tx("a")]);
  expect(store.finalize(annotated(blockOf(genesis, elsewhere)))).toBe("stateMissing");
  expect(store.lastBlock?.block.header.round).toBe(0n);
});

/** Rounds 0 to `last`, every third of them with a transaction. */
function storeOfRounds(last: number) {
  const { store, genesis } = storeWithGenesis();
  let block = genesis;
  for (let round = 1; round <= last; round++) {
    if (round % 3 !== 0) block = emptyBlock(block);
    else {
      const batch = executeCounting(store, roundAfter(block), [tx(`tx ${round}`)]);
      store.applyResults(block.header, batch);
      block = blockOf(block, batch);
    }
    expect(store.finalize(annotated(block))).toBe("finalized");
  }
  return store;
}

test("old rounds go a few at a time; the states of those that stay are whole", () => {
  const store = storeOfRounds(20);
  const first: unknown[] = [];
  while (pruneRounds(store, 5n, [], 6)) first.push(store.firstBlock?.block.header.round);
  expect(first.slice(0, 3)).toEqual([6n, 12n, 16n]);
  expect(pruneRounds(store, 5n, [], 6)).toBe(false);
  expect(store.firstBlock?.block.header.round).toBe(16n);
  expect([store.block(15n), store.stateTree(15n), store.ioTree(15n)]).toEqual([null, null, null]);
  for (const round of [16n, 18n, 20n]) {
    const entries = [...store.stateTree(round)!.seek(new Uint8Array(0))];
    expect(entries).toHaveLength(Math.floor(Number(round) / 3));
  }
  expect(findTransaction(store.ioTree(18n)!, sha512_256(tx("tx 18")))).not.toBeNull();
});

test.each<[string, bigint, bigint | null, bigint]>([
  ["more than there are", 100n, null, 0n],
  ["all", 21n, null, 0n],
  ["none but the last, which always stays", 0n, null, 20n],
  ["what is held", 1n, 18n, 18n],
  ["more than what is held", 10n, 18n, 11n],
])("keeps %s", (_, numKept, held, first) => {
  const store = storeOfRounds(20);
  while (pruneRounds(store, numKept, [() => held], 100));
  expect(store.firstBlock?.block.header.round).toBe(first);
  expect(store.stateTree(20n)?.get(sha512_256(tx("tx 3")))).toEqual(tx("tx 3"));
});

test("a store without rounds has nothing to prune", () => {
  expect(pruneRounds(memoryStore(), 1n, [], 10)).toBe(false);
});

test("consensus heights are needed until the history has the last round", () => {
  const { genesis } = storeWithGenesis();
  const round = (block: ReturnType<typeof genesisBlock>) => ({ block }) as RoundContext;
  expect(unindexedHeight(null, null)).toBeNull();
  expect(unindexedHeight(round(genesis), null)).toBe(0n);
  expect(unindexedHeight(round(genesis), annotated(genesis))).toBeNull();
  expect(unindexedHeight(round(emptyBlock(genesis)), annotated(genesis))).toBe(11n);
});
