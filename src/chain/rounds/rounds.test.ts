import { expect, test } from "vitest";
import {
  GENESIS_TIME_MS,
  hookedApplication,
  NETWORK_PACING,
  newDisk,
  type TestNode,
  type TestNodeOptions,
  testGenesis,
  testNode,
  testSignerOf,
} from "../../../test/chain/engine-fixture.ts";
import { followChain } from "../../../test/chain/follow-chain.ts";
import { encodeTx } from "../../../test/chain/key-value-application.ts";
import { FakeClock } from "../../../test/fake-clock.ts";
import { toHex } from "../../codec/bytes.ts";
import { BLOCK_ID_FLAG } from "../commit.ts";
import { signConsensusMessage } from "../consensus-signature.ts";
import { voteSignBytes } from "../sign-bytes.ts";
import type { Vote } from "../vote.ts";
import type { RoundMessage } from "./round-input.ts";

const LATENCY_MS = 10;
const VALIDATORS = 4;
const genesis = testGenesis(VALIDATORS);
const never = new AbortController().signal;

/** Validators on one clock that hear all messages of those they are connected to, after a while. */
class Network {
  readonly clock = new FakeClock(GENESIS_TIME_MS);
  readonly nodes: TestNode[] = [];
  /** Messages that wait for a connection, by receiver. */
  readonly #held: { from: number; to: number; message: RoundMessage }[] = [];
  #isConnected: (from: number, to: number) => boolean = () => true;

  constructor(options: TestNodeOptions = {}) {
    for (let i = 0; i < VALIDATORS; i++) this.nodes.push(this.#node(i, options));
  }

  start(...indexes: number[]): void {
    for (const i of indexes) this.nodes[i]!.engine.start(this.nodes[i]!.controller.signal);
    for (const i of indexes) this.nodes[i]!.engine.onMessage((message) => this.#send(i, message));
  }

  /** Puts another node, not started, on the disk of one that does not run any more. */
  replace(i: number, options: TestNodeOptions = {}): void {
    this.nodes[i] = this.#node(i, { ...options, disk: this.nodes[i]!.disk });
  }

  /** Ends a node and begins it anew on the same disk. */
  restart(i: number): void {
    this.nodes[i]!.controller.abort();
    this.replace(i);
    this.start(i);
  }

  /** Changes who hears whom; what was held back and may pass now is delivered. */
  connect(isConnected: (from: number, to: number) => boolean): void {
    this.#isConnected = isConnected;
    for (const { from, to, message } of this.#held.splice(0)) this.#sendTo(from, to, message);
  }

  /** Heights of the nodes, lowest first. */
  heights(): bigint[] {
    return this.nodes.map(({ engine }) => engine.latestHeight).sort((a, b) => Number(a - b));
  }

  /** Every node's block of a height, which must be the same. */
  agreed(height: bigint): string {
    const hashes = this.nodes.map(({ engine }) => toHex(engine.blockAt(height)!.hash));
    expect(new Set(hashes).size, `block ${height}`).toBe(1);
    return hashes[0]!;
  }

  #node(i: number, options: TestNodeOptions): TestNode {
    const pacing = { ...NETWORK_PACING, timeoutCommitMs: 500 };
    return testNode({ disk: newDisk(), pacing, ...options, clock: this.clock, genesis, signer: i + 1 });
  }

  #send(from: number, message: RoundMessage): void {
    for (let to = 0; to < VALIDATORS; to++) if (to !== from) this.#sendTo(from, to, message);
  }

  #sendTo(from: number, to: number, message: RoundMessage): void {
    if (!this.#isConnected(from, to)) this.#held.push({ from, to, message });
    else this.clock.schedule(() => this.#deliver(from, to, message), LATENCY_MS);
  }

  #deliver(from: number, to: number, message: RoundMessage): void {
    const { engine } = this.nodes[to]!;
    if (engine.status.state === "running") engine.receive(message, `node ${from}`);
  }
}

test("four validators agree, in turns, with the votes of all", async () => {
  const network = new Network();
  network.start(0, 1, 2, 3);
  await network.nodes[0]!.engine.submitTx(encodeTx({ key: "a", value: "1" }), "check", never);
  network.clock.advance(10_000);
  const { engine, disk } = network.nodes[0]!;
  expect(engine.latestHeight).toBeGreaterThan(15n);
  const proposers = new Set<string>();
  for (let height = 1n; height < engine.latestHeight; height++) {
    network.agreed(height);
    proposers.add(toHex(engine.blockAt(height)!.block.header.proposer_address));
    const { round, signatures } = engine.commitAt(height)!;
    expect(round).toBe(0);
    expect(signatures.every(({ block_id_flag }) => block_id_flag === BLOCK_ID_FLAG.commit)).toBe(true);
  }
  expect(proposers.size).toBe(4);
  followChain(genesis, disk.environment);
});

test("without one of four the chain goes on, its turns pass after a timeout", () => {
  const network = new Network();
  network.start(0, 1, 2);
  network.clock.advance(30_000);
  const { engine } = network.nodes[0]!;
  expect(engine.latestHeight).toBeGreaterThan(12n);
  const commits = Array.from({ length: 12 }, (_, i) => engine.commitAt(BigInt(i + 1))!);
  expect(new Set(commits.map(({ round }) => round))).toEqual(new Set([0, 1]));
  for (const { signatures } of commits) {
    expect(signatures.filter(({ block_id_flag }) => block_id_flag === BLOCK_ID_FLAG.absent)).toHaveLength(1);
  }
});

test("two halves decide nothing, and agree once they hear each other again", () => {
  const network = new Network();
  network.start(0, 1, 2, 3);
  network.clock.advance(2000);
  const isSameHalf = (from: number, to: number) => from < 2 === to < 2;
  network.connect(isSameHalf);
  network.clock.advance(600);
  const split = network.heights();
  network.clock.advance(20_000);
  expect(network.heights()).toEqual(split);
  network.connect(() => true);
  network.clock.advance(20_000);
  const lowest = network.heights()[0]!;
  expect(lowest).toBeGreaterThan(split[0]! + 5n);
  for (let height = 1n; height <= lowest; height++) network.agreed(height);
});

test("a validator whose block nobody accepts is passed over", () => {
  const network = new Network();
  network.replace(1, {
    wrap: (application) => ({
      ...hookedApplication(application, () => {}),
      prepareProposal: (input) => [...application.prepareProposal(input), new Uint8Array([1])],
    }),
  });
  network.start(0, 1, 2, 3);
  network.clock.advance(30_000);
  const lowest = network.heights()[0]!;
  expect(lowest).toBeGreaterThan(8n);
  for (let height = 1n; height <= lowest; height++) network.agreed(height);
});

test("a validator that restarts in the middle of a height takes part in it again", () => {
  const network = new Network();
  network.start(0, 1, 2, 3);
  network.clock.advance(2000);
  for (let i = 0; i < 40; i++) {
    // Steps that are no multiple of anything, so that restarts hit every step.
    network.clock.advance(137);
    network.restart(i % VALIDATORS);
  }
  network.clock.advance(20_000);
  const heights = network.heights();
  const lowest = heights[0]!;
  for (let height = 1n; height <= lowest; height++) network.agreed(height);
  expect(heights.filter((height) => height > 20n).length).toBeGreaterThanOrEqual(3);
});

test("a validator that votes for two blocks ends up as evidence in a block of the others", () => {
  const network = new Network();
  network.start(0, 1, 2, 3);
  const cheat = testSignerOf(4);
  let forged: Vote | null = null;
  network.nodes[3]!.engine.onMessage((message) => {
    if (forged !== null || message.type !== "vote" || message.vote.height !== 3n) return;
    const vote = {
      ...message.vote,
      block_id: { ...message.vote.block_id, hash: new Uint8Array(32).fill(7) },
    };
    forged = { ...vote, signature: signConsensusMessage(cheat, voteSignBytes(genesis.chain_id, vote)) };
    network.nodes[0]!.engine.receive({ type: "vote", vote: forged }, "node 3");
  });
  network.clock.advance(10_000);
  const { engine } = network.nodes[1]!;
  const carriers = Array.from(
    { length: Number(engine.latestHeight) },
    (_, i) => engine.blockAt(BigInt(i + 1))!.block,
  ).filter(({ evidence }) => evidence.length > 0);
  expect(carriers).toHaveLength(1);
  expect(carriers[0]!.evidence[0]).toMatchObject({ type: "duplicate_vote", value: { validator_power: 10n } });
  for (let height = 1n; height <= network.heights()[0]!; height++) network.agreed(height);
});
