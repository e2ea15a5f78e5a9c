import { expect, test } from "vitest";
import { FakeClock } from "../../../test/fake-clock.ts";
import {
  acceptingPool,
  blockOf,
  executeCounting,
  genesisBlock,
  memoryStore,
  nodeSigner,
  roundAfter,
  runtimeId,
} from "../../../test/workers/rounds.ts";
import { toHex } from "../../codec/bytes.ts";
import { signProposal } from "../../consensus/roothash/commitment.ts";
import { schedulerRank } from "../../consensus/roothash/committee.ts";
import { hashOf, sha512_256 } from "../../crypto/hash.ts";
import { testSigner } from "../../crypto/memory-signer.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { type ExecutorCommit, RuntimeState } from "../../types/roothash.ts";
import { Header } from "../../types/roothash-block.ts";
import { FAILURE_NONE, FAILURE_UNKNOWN, type Pool, type Proposal } from "../../types/roothash-commitment.ts";
import { type Committee, ROLE_BACKUP_WORKER, ROLE_WORKER } from "../../types/scheduler.ts";
import type { RoundContext } from "../round-context.ts";
import type { SubmissionManager } from "../submission.ts";
import { Executor } from "./executor.ts";
import { inputRoot } from "./input-root.ts";

const domain = { runtimeId, chainContext: "c".repeat(64) };
const tx = (text: string) => new TextEncoder().encode(text);
const others = [testSigner("second worker"), testSigner("third worker")];
const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
};

/** This node, by its place among the members, and others. */
function committeeOf(...signers: readonly { publicKey: Uint8Array }[]): Committee {
  const members = signers.map(({ publicKey }) => ({ role: ROLE_WORKER, public_key: publicKey }));
  return { kind: 1, members, runtime_id: runtimeId, valid_for: 1n } as Committee;
}

function setUp(committee: Committee) {
  const clock = new FakeClock();
  const store = memoryStore();
  const genesis = genesisBlock();
  store.finalize({ consensus_height: 10n, block: genesis });
  const pool = acceptingPool(clock.schedule);
  const submitted: ExecutorCommit[] = [];
  const published: { epoch: bigint; proposal: Proposal }[] = [];
  const executed: { inputs: string[]; proposed: string | null }[] = [];
  /** What peers have. */
  const elsewhere = new Map<string, Uint8Array>();
  const asked: number[] = [];
  const executor = new Executor(domain, {
    ...{ signer: nodeSigner, pool, store, timers: clock },
    submission: {
      submit: async (_signer: unknown, _method: string, _codec: unknown, body: ExecutorCommit) => {
        submitted.push(body);
        return { height: 1n, index: 0 };
      },
    } as unknown as SubmissionManager,
    peers: {
      publishProposal: async (epoch, proposal) => void published.push({ epoch, proposal }),
      fetchTxs: async (hashes) => {
        asked.push(hashes.length);
        return hashes.flatMap((hash) => elsewhere.get(toHex(hash)) ?? []);
      },
    },
    execute: async (round, inputs, _signal, proposed) => {
      executed.push({
        inputs: inputs.map((input) => Buffer.from(input).toString()),
        proposed: proposed === null ? null : toHex(proposed),
      });
      return executeCounting(store, round, inputs);
    },
    initialBatchSize: () => 10,
    interrupt: () => {},
    latestHeight: () => 100n,
    logger: silentLogging.logger("test"),
  });
  pool.added.subscribe(() => executor.consider());
  const base = roundAfter(genesis);
  const round = (pool: Pool | null = null): RoundContext => ({
    ...base,
    state: RuntimeState.make({ ...base.state, committee, commitment_pool: pool }),
  });
  const propose = (
    signer: (typeof others)[number],
    txs: readonly string[],
    change: Partial<Proposal["header"]> = {},
  ) => {
    const batch = txs.map(tx);
    const header = {
      round: 1n,
      previous_hash: hashOf(Header, genesis.header),
      batch_hash: inputRoot(batch),
      ...change,
    };
    const proposal = signProposal(
      header,
      batch.map((raw) => sha512_256(raw)),
      signer,
      domain,
    );
    const rank = schedulerRank(committee, 1n, signer.publicKey)!;
    expect(executor.proposals.add(proposal, rank)).toBe("added");
    executor.consider();
  };
  const give = (...texts: string[]) => {
    for (const text of texts) elsewhere.set(toHex(sha512_256(tx(text))), tx(text));
  };
  const commitments = () => submitted.flatMap(({ commits }) => commits ?? []);
  return {
    ...{ clock, store, genesis, pool, executor, round, propose, give },
    ...{ commitments, published, executed, asked },
  };
}

// In round 1 the worker at index i of n has rank (1 + i) mod n.
const asRank = {
  /** Rank 0 of three. */
  first: committeeOf(others[0]!, others[1]!, nodeSigner),
  /** Rank 1 of three; the last listed has rank 0. */
  second: committeeOf(nodeSigner, others[1]!, others[0]!),
};

test("who is first in line publishes a signed proposal of its batch, once in a round", async () => {
  const { executor, round, pool, published, commitments, clock } = setUp(asRank.first);
  executor.beginRound(round());
  expect(executor.rank).toBe(0n);
  await pool.submit(tx("a"), { discard: false });
  await settled();
  expect(published).toHaveLength(1);
  const [{ epoch, proposal }] = published as [(typeof published)[number]];
  expect(epoch).toBe(1n);
  expect(proposal.header).toMatchObject({ round: 1n, batch_hash: inputRoot([tx("a")]) });
  expect(proposal.batch).toEqual([sha512_256(tx("a"))]);
  expect(commitments()).toHaveLength(1);
  await pool.submit(tx("b"), { discard: false });
  clock.advance(60_000);
  await settled();
  expect(published).toHaveLength(1);
  expect(commitments()).toHaveLength(1);
});

test("a worker executes the proposal of who is first, as it is, and commits to it as that scheduler's", async () => {
  const { executor, round, pool, propose, executed, commitments, published, genesis } = setUp(asRank.second);
  await pool.submit(tx("a"), { discard: false });
  executor.beginRound(round());
  await settled();
  expect(executed).toEqual([]);
  propose(others[0]!, ["a"]);
  await settled();
  expect(executed).toEqual([{ inputs: ["a"], proposed: toHex(inputRoot([tx("a")])) }]);
  expect(commitments()).toHaveLength(1);
  const { header } = commitments()[0]!;
  expect(header.scheduler_id).toEqual(others[0]!.publicKey);
  expect(header.failure).toBe(FAILURE_NONE);
  expect(published).toEqual([]);
  expect(executor.state).toMatchObject({ state: "waitingForFinalization" });
  const block = blockOf(genesis, { header: header.header });
  expect(executor.batchOf(block.header)).toEqual([toHex(sha512_256(tx("a")))]);
});

test("transactions that are not here are asked for until they come", async () => {
  const { executor, round, pool, propose, give, executed, commitments, asked, clock } = setUp(asRank.second);
  await pool.submit(tx("a"), { discard: false });
  executor.beginRound(round());
  give("b");
  propose(others[0]!, ["a", "b", "c"]);
  expect(executor.state).toMatchObject({ state: "waitingForTransactions", missing: 2 });
  await settled();
  expect(executor.state).toMatchObject({ state: "waitingForTransactions", missing: 1 });
  expect(executed).toEqual([]);
  give("c");
  clock.advance(500);
  await settled();
  expect(executed).toEqual([{ inputs: ["a", "b", "c"], proposed: expect.any(String) }]);
  expect(commitments()).toHaveLength(1);
  expect(asked.slice(0, 2)).toEqual([2, 1]);
});

test("a transaction that is published meanwhile counts as well", async () => {
  const { executor, round, pool, propose, executed } = setUp(asRank.second);
  executor.beginRound(round());
  propose(others[0]!, ["a"]);
  await settled();
  await pool.submit(tx("a"), { discard: false, origin: "peer" });
  await settled();
  expect(executed).toHaveLength(1);
});

test("a batch that is larger than batches may be gets a commitment to a failure, and is not executed", async () => {
  const { executor, round, propose, give, executed, commitments } = setUp(asRank.second);
  const begun = round();
  begun.descriptor.txn_scheduler.max_batch_size = 2n;
  executor.beginRound(begun);
  give("a", "b", "c");
  propose(others[0]!, ["a", "b", "c"]);
  await settled();
  expect(executed).toEqual([]);
  expect(commitments().map(({ header }) => header.failure)).toEqual([FAILURE_UNKNOWN]);
  expect(commitments()[0]!.header.header.io_root).toBeNull();
});

test("bytes count, too, as they come", async () => {
  const { executor, round, propose, give, executed, commitments } = setUp(asRank.second);
  const begun = round();
  begun.descriptor.txn_scheduler.max_batch_size_bytes = 10n;
  executor.beginRound(begun);
  give("12345", "678901");
  propose(others[0]!, ["12345", "678901"]);
  await settled();
  expect(executed).toEqual([]);
  expect(commitments().map(({ header }) => header.failure)).toEqual([FAILURE_UNKNOWN]);
});

test.each([
  ["whose hash is of another batch", { batch_hash: inputRoot([tx("x")]) }],
  ["on another block", { previous_hash: sha512_256(tx("elsewhere")) }],
])("a proposal %s is not executed, and the next scheduler has its turn", async (_, change) => {
  const { executor, round, pool, propose, executed, commitments, clock } = setUp(asRank.second);
  await pool.submit(tx("a"), { discard: false });
  executor.beginRound(round());
  propose(others[0]!, ["a"], change);
  await settled();
  expect(commitments()).toEqual([]);
  clock.advance(2000);
  await settled();
  // Our own, of rank 1.
  expect(executed).toEqual([{ inputs: ["a"], proposed: null }]);
  expect(commitments()[0]!.header.scheduler_id).toEqual(nodeSigner.publicKey);
});

test("turns follow ranks: a later scheduler's proposal waits for its turn", async () => {
  const committee = committeeOf(others[0]!, nodeSigner, others[1]!);
  // others[1] has rank 0, others[0] rank 1, this node rank 2.
  const { executor, round, propose, give, executed, clock } = setUp(committee);
  give("a");
  executor.beginRound(round());
  expect(executor.rank).toBe(2n);
  propose(others[0]!, ["a"]);
  await settled();
  expect(executed).toEqual([]);
  clock.advance(2000);
  await settled();
  expect(executed).toHaveLength(1);
});

test("a better proposal takes the place of one that is being worked on", async () => {
  const committee = committeeOf(others[0]!, nodeSigner, others[1]!);
  const { executor, round, propose, give, executed, commitments, clock } = setUp(committee);
  executor.beginRound(round());
  propose(others[0]!, ["never there"]);
  clock.advance(2000);
  await settled();
  expect(executor.state).toMatchObject({ state: "waitingForTransactions" });
  give("a");
  propose(others[1]!, ["a"]);
  await settled();
  expect(executed.map(({ inputs }) => inputs)).toEqual([["a"]]);
  expect(commitments()[0]!.header.scheduler_id).toEqual(others[1]!.publicKey);
});

test("a scheduler that committed already sets the bound: worse proposals would be refused", async () => {
  const committee = committeeOf(others[0]!, nodeSigner, others[1]!);
  const { executor, round, propose, give, executed, clock } = setUp(committee);
  give("a", "b");
  executor.beginRound(round({ highest_rank: 0n, scheduler_commitments: null, discrepancy: false }));
  propose(others[0]!, ["a"]);
  clock.advance(20_000);
  await settled();
  expect(executed).toEqual([]);
  propose(others[1]!, ["b"]);
  await settled();
  expect(executed.map(({ inputs }) => inputs)).toEqual([["b"]]);
});

const backup: Committee = {
  ...committeeOf(others[0]!, others[1]!),
  members: [
    ...committeeOf(others[0]!, others[1]!).members!,
    { role: ROLE_BACKUP_WORKER, public_key: nodeSigner.publicKey },
  ],
};

test("a backup worker has everything ready, and executes when the workers disagree", async () => {
  const { executor, round, propose, give, executed, commitments } = setUp(backup);
  give("a");
  executor.beginRound(round());
  expect(executor.rank).toBeNull();
  // In round 1 the second of two workers has rank 0.
  propose(others[1]!, ["a"]);
  await settled();
  expect(executor.state).toMatchObject({ state: "waitingForDiscrepancy", round: 1n });
  expect(executed).toEqual([]);
  executor.updateRound(round({ highest_rank: 0n, scheduler_commitments: null, discrepancy: true }));
  await settled();
  expect(executed).toHaveLength(1);
  expect(commitments()[0]!.header.scheduler_id).toEqual(others[1]!.publicKey);
});

test("a worker that is no backup worker has no say once there is a discrepancy", async () => {
  const { executor, round, propose, give, executed } = setUp(asRank.second);
  give("a");
  executor.beginRound(round({ highest_rank: 0n, scheduler_commitments: null, discrepancy: true }));
  propose(others[0]!, ["a"]);
  await settled();
  expect(executed).toEqual([]);
});

test("what this node committed to before it was started again it does not commit to once more", async () => {
  const { executor, round, propose, give, executed } = setUp(asRank.second);
  give("a");
  const votes = new Map([[toHex(nodeSigner.publicKey), sha512_256(tx("vote"))]]);
  const scheduler_commitments = new Map([[0n, { commitment: null, votes }]]);
  executor.beginRound(round({ highest_rank: 0n, scheduler_commitments, discrepancy: false }));
  propose(others[0]!, ["a"]);
  await settled();
  expect(executed).toEqual([]);
});

test("nothing of a round is left when it is suspended", async () => {
  const { executor, round, propose, clock, asked } = setUp(asRank.second);
  executor.beginRound(round());
  propose(others[0]!, ["never there"]);
  await settled();
  executor.suspend();
  expect(executor.state).toMatchObject({ state: "idle", because: "noRound" });
  const before = asked.length;
  clock.advance(60_000);
  await settled();
  expect(asked).toHaveLength(before);
  expect(clock.pending).toBe(0);
});
