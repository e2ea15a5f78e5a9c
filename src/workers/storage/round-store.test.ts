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
