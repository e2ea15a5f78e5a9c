import { expect, test } from "vitest";
import { StopError } from "../src/consensus/errors.ts";
import { FuzzChain } from "./fuzz/chain.ts";
import { randomDocument } from "./fuzz/document.ts";
import { noncesOf, problemsAfterBlock } from "./fuzz/invariants/chain.ts";
import { Random } from "./fuzz/random.ts";
import { generateTransactions } from "./fuzz/transactions/generate.ts";

/**
 * Random networks with random blocks of valid and invalid transactions of every method, on the real state machine.
 * After each block everything that must always hold is checked.
 *
 * QANAT_FUZZ_SECONDS makes a longer run; QANAT_FUZZ_SEED repeats one network.
 */
const SECONDS = Number(process.env.QANAT_FUZZ_SECONDS ?? 3);
const SEED = process.env.QANAT_FUZZ_SEED;
const BLOCKS = 60;

/** Reasons for which a network ends as it should: the official node stops there, too. */
const DEAD_ENDS: readonly RegExp[] = [
  /only \d+ validators can be elected/,
  /ParaTime without an account that backs it/,
  // A mock clock may skip the epochs in which a node of a committee would have been removed one after the other.
  /node has no status/,
  /no random beacon to elect with/,
  /total voting stake is zero/,
  // Governance may set the fee weights of voters and next proposer to 0 while fees wait for them.
  /beginBlock of 100_staking at height \d+: Division by zero/,
];

test("no sequence of transactions breaks an invariant", { timeout: (SECONDS + 60) * 1000 }, () => {
  const end = performance.now() + SECONDS * 1000;
  // The short run is the same everywhere; long ones go where nobody was.
  const anywhere = process.env.QANAT_FUZZ_SECONDS === undefined ? 1 : Date.now() % 2 ** 32;
  const first = SEED === undefined ? anywhere : Number(SEED);
  let networks = 0;
  let blocks = 0;
  do {
    blocks += run(first + networks);
    networks++;
  } while (SEED === undefined && performance.now() < end);
  console.log(`fuzz: ${networks} networks, ${blocks} blocks, seeds from ${first}`);
  expect(blocks).toBeGreaterThan(0);
});

test("a seed always gives the same chain", () => {
  const roots = [0, 1].map(() => {
    const random = new Random(7);
    const chain = new FuzzChain(randomDocument(random, true), true, random);
    return Array.from({ length: 8 }, () => Buffer.from(produce(chain, random)).toString("hex"));
  });
  expect(roots[0]).toEqual(roots[1]);
});

function isDeadEnd(error: unknown): boolean {
  if (error instanceof StopError) return true;
  const message = error instanceof Error ? error.message : "";
  const cause = error instanceof Error ? error.cause : undefined;
  return DEAD_ENDS.some((reason) => reason.test(message)) || (cause !== undefined && isDeadEnd(cause));
}

/** Runs a network until its end, and checks each block. Returns their number. */
function run(seed: number): number {
  const random = new Random(seed);
  let blocks = 0;
  try {
    const debug = random.chance(0.8);
    const chain = new FuzzChain(randomDocument(random, debug), debug, random);
    for (; blocks < BLOCKS; blocks++) {
      produce(chain, random);
    }
  } catch (error) {
    if (!isDeadEnd(error)) {
      throw new Error(`fuzz: seed ${seed}, block ${blocks + 1}`, { cause: error });
    }
  }
  return blocks;
}

function produce(chain: FuzzChain, random: Random): Uint8Array {
  const header = chain.nextHeader();
  const txs = generateTransactions({
    random,
    state: chain.state,
    epoch: chain.epoch,
    height: header.height,
    chainContext: chain.chainContext,
  });
  const nonces = noncesOf(chain.state);
  const { appHash } = chain.commit(header, chain.propose(header, txs));
  expect(problemsAfterBlock(chain.state, header.height, nonces, txs.length)).toEqual([]);
  return appHash;
}
