import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../../codec/bytes.ts";
import { encode } from "../../codec/schema.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { MkvsTree } from "../../storage/mkvs/mkvs-tree.ts";
import { ConsensusParameters, RuntimeState } from "../../types/roothash.ts";
import { Header } from "../../types/roothash-block.ts";
import { Runtime } from "../../types/runtime.ts";
import { PARAMETERS } from "./keys.ts";
import {
  enqueue,
  getIncomingMessages,
  getPastRoundRoots,
  getRoundRoots,
  getRoundTimeouts,
  getRuntimeState,
  hasEvidence,
  removeExpiredEvidence,
  type StoredRuntimeState,
  scheduleRoundTimeout,
  setEvidence,
  setRuntimeState,
  shrinkPastRoots,
} from "./state.ts";

const ID = fromHex(`80${"00".repeat(30)}10`);
const OTHER = fromHex(`80${"00".repeat(30)}11`);

function treeWithWindow(window: bigint): MkvsTree {
  const tree = MkvsTree.empty();
  tree.insert(
    PARAMETERS,
    encode(ConsensusParameters, { ...ConsensusParameters.zero(), max_past_roots_stored: window }),
  );
  return tree;
}

function stateAt(round: bigint, name: string, height: bigint, id = ID): StoredRuntimeState {
  const block = (io: string, state: string, r: bigint) => ({
    header: {
      ...Header.zero(),
      round: r,
      io_root: sha512_256(utf8(io)),
      state_root: sha512_256(utf8(state)),
    },
  });
  return {
    ...RuntimeState.zero(),
    runtime: { ...Runtime.zero(), id },
    genesis_block: block("genesis", "genesis", 1n),
    last_block:
      name === "genesis" ? block("genesis", "genesis", 1n) : block(`io ${name}`, `state ${name}`, round),
    last_block_height: height,
    last_normal_round: round,
    last_normal_height: height,
  };
}

test("root of the state that the official node's interoperability tests use", () => {
  // consensus-b.md section 1; values of go/consensus/cometbft/apps/roothash/state/interop.
  const tree = treeWithWindow(100n);
  setRuntimeState(tree, stateAt(1n, "genesis", 1n));
  for (let i = 0n; i < 10n; i++) {
    setRuntimeState(tree, stateAt(i + 1n, `${i + 1n}`, i * 10n));
  }
  expect(toHex(tree.rootHash())).toBe("26759ac91ea938ab9e9797fb9a353d20e4a585d3d4ba5175825ce8d157c9f5eb");
  expect(getRuntimeState(tree, ID)).toEqual(stateAt(10n, "10", 90n));
  expect(getRuntimeState(tree, OTHER)).toBeNull();
});

describe("past roots", () => {
  test("a window of them is kept", () => {
    const tree = treeWithWindow(3n);
    for (let round = 1n; round <= 5n; round++) {
      setRuntimeState(tree, stateAt(round, `${round}`, 0n));
      setRuntimeState(tree, stateAt(round, `${round}`, 0n, OTHER));
    }
    expect([...getPastRoundRoots(tree, ID).keys()]).toEqual([3n, 4n, 5n]);
    expect(getRoundRoots(tree, ID, 5n)).toEqual({
      state_root: sha512_256(utf8("state 5")),
      io_root: sha512_256(utf8("io 5")),
    });
    expect(getRoundRoots(tree, ID, 2n)).toBeNull();
    shrinkPastRoots(tree, 1n);
    expect([...getPastRoundRoots(tree, ID).keys()]).toEqual([5n]);
    expect([...getPastRoundRoots(tree, OTHER).keys()]).toEqual([5n]);
    shrinkPastRoots(tree, 7n);
    expect(getPastRoundRoots(tree, ID).size).toBe(1);
  });

  test("none are kept without a window", () => {
    const tree = treeWithWindow(0n);
    setRuntimeState(tree, stateAt(5n, "5", 0n));
    expect(getPastRoundRoots(tree, ID).size).toBe(0);
  });
});

test("timeouts are found by their exact height", () => {
  const tree = MkvsTree.empty();
  scheduleRoundTimeout(tree, ID, 255n);
  scheduleRoundTimeout(tree, OTHER, 256n);
  expect(getRoundTimeouts(tree, 255n)).toEqual([ID]);
  expect(getRoundTimeouts(tree, 256n)).toEqual([OTHER]);
  expect(getRoundTimeouts(tree, 0n)).toEqual([]);
});

test("evidence expires by round and ParaTime, and its empty value counts", () => {
  const tree = MkvsTree.empty();
  const hash = sha512_256(utf8("evidence"));
  for (const round of [1n, 2n, 300n]) {
    setEvidence(tree, ID, round, hash);
    setEvidence(tree, OTHER, round, hash);
  }
  removeExpiredEvidence(tree, ID, 2n);
  expect([1n, 2n, 300n].map((round) => hasEvidence(tree, ID, round, hash))).toEqual([false, false, true]);
  expect([1n, 2n, 300n].map((round) => hasEvidence(tree, OTHER, round, hash))).toEqual([true, true, true]);
});

test("queue of incoming messages", () => {
  const tree = MkvsTree.empty();
  const message = { caller: new Uint8Array(21), tag: 0n, fee: 0n, tokens: 0n, data: null };
  for (const id of [0n, 1n, 256n]) {
    enqueue(tree, ID, { ...message, id });
  }
  const ids = (offset: bigint, limit: number) =>
    getIncomingMessages(tree, ID, offset, limit).map(({ id }) => id);
  expect(ids(0n, 0)).toEqual([0n, 1n, 256n]);
  expect(ids(0n, 2)).toEqual([0n, 1n]);
  expect(ids(1n, 0)).toEqual([1n, 256n]);
  expect(getIncomingMessages(tree, OTHER, 0n, 0)).toEqual([]);
});
