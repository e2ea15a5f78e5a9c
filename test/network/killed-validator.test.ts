import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";
import { BLOCK_ID_FLAG } from "../../src/chain/commit.ts";
import { decodeConsensusMessage } from "../../src/chain/gossip/consensus-message.ts";
import { CONSENSUS_CHANNEL } from "../../src/chain/gossip/consensus-reactor.ts";
import { proposalSignBytes, voteSignBytes } from "../../src/chain/sign-bytes.ts";
import { NANOS_PER_MILLISECOND } from "../../src/chain/time.ts";
import { consensusAddress } from "../../src/chain/validator.ts";
import { equal, toHex } from "../../src/codec/bytes.ts";
import { testGenesis, testSignerOf } from "../chain/engine-fixture.ts";
import { followChain } from "../chain/follow-chain.ts";
import { emptyDisk, KeyValueApplication } from "../chain/key-value-application.ts";
import { Random } from "../fuzz/random.ts";
import { blocksOf, connectAll, PeerNode } from "./peer-node.ts";

/** `QANAT_KILLS` makes a longer run, `QANAT_KILL_SEED` repeats one's choices. */
const KILLS = Number(process.env.QANAT_KILLS ?? 8);
const SEED = Number(process.env.QANAT_KILL_SEED ?? Date.now() % 1_000_000);
/** The validator is killed after so many lines of output at most. */
const MAX_LINES = 24;

const killed = consensusAddress(testSignerOf(1).publicKey);
const running: PeerNode[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.stop()));
});

/** What the validator has signed, by what must be signed once only. */
class Signatures {
  readonly #signed = new Map<string, Set<string>>();

  /** Notes what a message of a peer proves, if it is about the validator. */
  readonly note = (channel: number, bytes: Uint8Array): void => {
    if (channel !== CONSENSUS_CHANNEL.votes && channel !== CONSENSUS_CHANNEL.data) return;
    const { type, value } = decodeConsensusMessage(bytes);
    if (type === "vote" && equal(value.vote!.validator_address, killed)) {
      const { height, round, type: kind } = value.vote!;
      this.#note(`${height}/${round}/${kind}`, voteSignBytes("", { ...value.vote!, timestamp: 0n }));
    } else if (type === "proposal") {
      const { height, round } = value.proposal;
      this.#note(`${height}/${round}/proposal`, proposalSignBytes("", { ...value.proposal, timestamp: 0n }));
    }
  };

  get size(): number {
    return this.#signed.size;
  }

  /** Places with two different signatures. */
  get doubles(): string[] {
    return [...this.#signed].filter(([, set]) => set.size > 1).map(([place]) => place);
  }

  #note(place: string, signed: Uint8Array): void {
    const set = this.#signed.get(place) ?? new Set();
    this.#signed.set(place, set.add(toHex(signed)));
  }
}

/**
 * Runs the validator until it has printed so many lines, or until a promise resolves.
 * @returns how many of the lines told of a signature
 */
async function runAndKill(
  args: readonly string[],
  until: number | ((line: string) => Promise<void>),
): Promise<number> {
  const program = join(import.meta.dirname, "validator-to-be-killed.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once("close", (_, signal) => resolve(signal)),
  );
  let told = 0;
  let signed = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("signed")) signed++;
    told++;
    if (until === told) child.kill("SIGKILL");
    else if (typeof until === "function") void until(line).then(() => child.kill("SIGKILL"));
  }
  expect(await closed).toBe("SIGKILL");
  return signed;
}

test(`a validator killed ${KILLS} times signs nothing twice, and the network goes on`, {
  timeout: 120_000 + KILLS * 30_000,
}, async () => {
  console.log(`QANAT_KILL_SEED=${SEED}`);
  const random = new Random(SEED);
  const genesis_time = BigInt(Date.now() - 60_000) * NANOS_PER_MILLISECOND;
  const genesis = { ...testGenesis(4), genesis_time };
  const signatures = new Signatures();
  const others = [2, 3, 4].map(
    (n) =>
      new PeerNode({
        ...{ seed: n, genesis, application: new KeyValueApplication(emptyDisk()) },
        ...{ signer: testSignerOf(n), onMessage: signatures.note },
      }),
  );
  running.push(...others);
  for (const node of others) await node.start(false);
  await connectAll(others);
  for (const node of others) node.follow();
  const folder = mkdtempSync(join(tmpdir(), "qanat-validator-"));
  const ports = others.map(({ address }) => `${address.port}`);
  const [first] = others;
  let signed = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    signed += await runAndKill([folder, `${genesis_time}`, ...ports], random.between(1, MAX_LINES));
    expect(signatures.doubles, `kill ${kill}`).toEqual([]);
  }
  const height = first!.engine.latestHeight + 3n;
  await Promise.all(others.map((node) => node.reaches(height)));
  for (let h = 1n; h <= height; h++) {
    expect(blocksOf(others, h).size).toBe(1);
    expect(first!.engine.blockAt(h)!.block.evidence).toEqual([]);
  }
  // It takes part: without another one there is no block that does not carry its signature.
  let last = height;
  const missOne = async () => {
    await others[2]!.stop();
    last = first!.engine.latestHeight + 3n;
    await first!.reaches(last);
  };
  let missing: Promise<void> | null = null;
  signed += await runAndKill([folder, `${genesis_time}`, ...ports], (line) => {
    if (line.startsWith("signed")) missing ??= missOne();
    return missing ?? new Promise(() => {});
  });
  followChain(genesis, first!.disk.environment);
  expect(signatures.doubles).toEqual([]);
  expect(signed).toBeGreaterThan(0);
  expect(signatures.size).toBeGreaterThan(0);
  const commits = Array.from({ length: Number(last) }, (_, i) => first!.engine.commitAt(BigInt(i + 1))!);
  const counted = commits.filter(({ signatures: all }) =>
    all.some(({ validator_address, block_id_flag }) => {
      return block_id_flag === BLOCK_ID_FLAG.commit && equal(validator_address, killed);
    }),
  );
  expect(counted.length).toBeGreaterThan(0);
});
