import fc from "fast-check";
import { expect, test } from "vitest";
import { FakeClock } from "../../../test/fake-clock.ts";
import { RecordedConsensus } from "../../../test/workers/recorded-consensus.ts";
import {
  blockOf,
  emptyBlock,
  executeCounting,
  genesisBlock,
  memoryStore,
  roundAfter,
} from "../../../test/workers/rounds.ts";
import { QanatError } from "../../codec/errors.ts";
import { systemRandom } from "../../p2p/comet/random.ts";
import type { PeerId } from "../../p2p/libp2p/peer-id.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import type { AnnotatedBlock, Block } from "../../types/roothash-block.ts";
import type { Root, WriteLog } from "../../types/storage.ts";
import type { FetchedDiff } from "../peers/fetch-diff.ts";
import type { RoundStore } from "./round-store.ts";
import { MAX_PENDING_ROUNDS, RoundSync } from "./round-sync.ts";

const tx = (text: string) => new TextEncoder().encode(text);
const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

/** A node that computed everything, and the consensus layer that made it final. */
function computedRounds() {
  const store = memoryStore();
  const consensus = new RecordedConsensus();
  let height = 10n;
  let block: Block = genesisBlock();
  const add = (next: Block) => {
    const annotated = { consensus_height: height, block: next };
    consensus.commit(annotated, height++);
    store.finalize(annotated);
    block = next;
    return annotated;
  };
  add(block);
  return {
    ...{ store, consensus },
    get last() {
      return block;
    },
    /** A round with these transactions. */
    round(...txs: string[]): AnnotatedBlock {
      const batch = executeCounting(store, roundAfter(block), txs.map(tx));
      store.applyResults(block.header, batch);
      return add(blockOf(block, batch));
    },
    /** A round without results. */
    empty: () => add(emptyBlock(block)),
  };
}

type Source = (start: Root, end: Root) => WriteLog | Promise<WriteLog>;

function follower(
  consensus: RecordedConsensus,
  source: Source | null,
  { store = memoryStore(), fetchers = 4 } = {},
) {
  const stored: bigint[] = [];
  const unreachable: bigint[] = [];
  const judged: string[] = [];
  const clock = new FakeClock();
  let asked = 0;
  let atOnce = 0;
  let mostAtOnce = 0;
  const fetch = async (start: Root, end: Root): Promise<FetchedDiff> => {
    asked++;
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    try {
      const writeLog = await source!(start, end);
      const peer = "peer" as PeerId;
      const judge = (verdict: string) => () => void judged.push(verdict);
      return { writeLog, feedback: { peer, good: judge("good"), poor: judge("poor"), bad: judge("bad") } };
    } finally {
      atOnce--;
    }
  };
  const sync = new RoundSync(
    { fetchers },
    {
      ...{ consensus, store, timers: clock, random: systemRandom },
      fetch: source === null ? null : fetch,
      logger: silentLogging.logger("test"),
      onStored: ({ block }) => stored.push(block.header.round),
      onUnreachable: ({ block }) => unreachable.push(block.header.round),
    },
  );
  const figures = () => ({ asked, mostAtOnce });
  return { sync, store, stored, unreachable, judged, clock, figures };
}

/** Lets everything that is due happen. */
async function run(clock: FakeClock): Promise<void> {
  for (let turn = 0; turn < 12; turn++) {
    await settled();
    clock.advance(1000);
  }
}

const giving =
  (store: RoundStore): Source =>
  (start, end) =>
    store.writeLog(start, end);

test("rounds that another node computed come from it, and have the same roots", async () => {
  const rounds = computedRounds();
  rounds.round("a", "b");
  rounds.empty();
  const { block } = rounds.round("c");
  const { sync, store, stored, judged, clock } = follower(rounds.consensus, giving(rounds.store));
  sync.advance();
  await run(clock);
  expect(stored).toEqual([0n, 1n, 2n, 3n]);
  expect(store.lastBlock?.block).toEqual(block);
  expect([...store.stateTree(3n)!.seek(new Uint8Array())]).toEqual([
    ...rounds.store.stateTree(3n)!.seek(new Uint8Array()),
  ]);
  expect(store.ioTree(1n)!.rootHash()).toEqual(rounds.store.ioTree(1n)!.rootHash());
  expect(new Set(judged)).toEqual(new Set(["good"]));
  // It can give them to others.
  const [missing] = memoryStore().missingTrees(null, store.block(1n)!.block.header) ?? [];
  expect(missing).toBeUndefined();
  const third = follower(rounds.consensus, giving(store));
  third.sync.advance();
  await run(third.clock);
  expect(third.stored).toEqual([0n, 1n, 2n, 3n]);
});

test("what this node computed itself is stored at once, without asking anybody", () => {
  const rounds = computedRounds();
  const own = follower(rounds.consensus, () => Promise.reject(new Error("nobody is asked")));
  own.sync.advance();
  expect(own.stored).toEqual([0n]);
  const batch = executeCounting(own.store, roundAfter(rounds.last), [tx("a")]);
  own.store.applyResults(rounds.last.header, batch);
  rounds.round("a");
  rounds.empty();
  own.sync.advance();
  expect(own.stored).toEqual([0n, 1n, 2n]);
  expect(own.figures().asked).toBe(0);
});

test("changes that lead elsewhere are the giver's fault; others are asked", async () => {
  const rounds = computedRounds();
  rounds.round("a");
  let lies = 2;
  const { sync, stored, judged, clock } = follower(rounds.consensus, (start, end) => {
    if (lies-- > 0) return [[tx("not"), tx("so")]];
    return rounds.store.writeLog(start, end);
  });
  sync.advance();
  await run(clock);
  expect(stored).toEqual([0n, 1n]);
  expect(judged.filter((verdict) => verdict === "bad")).toHaveLength(2);
});

test("a key that no tree takes is a lie, too", async () => {
  const rounds = computedRounds();
  rounds.round("a");
  let lies = 1;
  const { sync, stored, judged, clock } = follower(rounds.consensus, (start, end) => {
    if (lies-- > 0) return [[new Uint8Array(10_000), tx("x")]];
    return rounds.store.writeLog(start, end);
  });
  sync.advance();
  await run(clock);
  expect(stored).toEqual([0n, 1n]);
  expect(judged).toContain("bad");
});

test("peers that do not have it yet are asked again, and what is wrong is told meanwhile", async () => {
  const rounds = computedRounds();
  rounds.round("a");
  let tries = 0;
  const { sync, stored, clock } = follower(rounds.consensus, (start, end) => {
    if (++tries <= 4) throw new QanatError("test", "not there yet");
    return rounds.store.writeLog(start, end);
  });
  sync.advance();
  await settled();
  expect(stored).toEqual([0n]);
  expect(sync.problem).toEqual({ kind: "peers", cause: "not there yet" });
  await run(clock);
  expect(stored).toEqual([0n, 1n]);
  expect(sync.problem).toBeNull();
});

test("without peers it says that it is alone", () => {
  const rounds = computedRounds();
  rounds.round("a");
  const { sync, stored } = follower(rounds.consensus, null);
  sync.advance();
  expect(stored).toEqual([0n]);
  expect(sync.problem).toEqual({ kind: "alone" });
});

test("a first round whose state follows from nothing needs a checkpoint, and goes on behind it", async () => {
  const rounds = computedRounds();
  rounds.round("a");
  const second = rounds.round("b");
  const third = rounds.round("c");
  const late = new RecordedConsensus();
  late.commit(second, second.consensus_height);
  late.commit(third, third.consensus_height);
  const { sync, stored, unreachable } = follower(late, giving(rounds.store));
  sync.advance();
  sync.advance();
  expect(unreachable).toEqual([2n]);
  expect(sync.isUnreachable).toBe(true);
  expect(stored).toEqual([]);
});

test("many rounds are fetched ahead, so many at once and no more", async () => {
  const rounds = computedRounds();
  for (let i = 1; i <= MAX_PENDING_ROUNDS + 30; i++) rounds.round(`tx ${i}`);
  const { sync, stored, clock, figures } = follower(
    rounds.consensus,
    async (start, end) => {
      await new Promise(setImmediate);
      return rounds.store.writeLog(start, end);
    },
    { fetchers: 3 },
  );
  sync.advance();
  // Nothing is stored yet: as many wait as may.
  expect(stored).toEqual([0n]);
  while (stored.length <= MAX_PENDING_ROUNDS + 30) await run(clock);
  expect(stored).toEqual(Array.from({ length: MAX_PENDING_ROUNDS + 31 }, (_, i) => BigInt(i)));
  expect(figures().mostAtOnce).toBe(3);
});

test("nothing goes on after a stop", async () => {
  const rounds = computedRounds();
  rounds.round("a");
  const { sync, stored, clock } = follower(rounds.consensus, giving(rounds.store));
  sync.advance();
  sync.stop();
  await run(clock);
  expect(stored).toEqual([0n]);
});

test("whatever the rounds and the lies, the states are those of who computed them", async () => {
  const kinds = fc.array(
    fc.oneof(fc.constant(null), fc.array(fc.string({ minLength: 1 }), { maxLength: 3 })),
    {
      maxLength: 12,
    },
  );
  await fc.assert(
    fc.asyncProperty(kinds, fc.array(fc.boolean(), { maxLength: 10 }), async (list, lies) => {
      const rounds = computedRounds();
      for (const [i, txs] of list.entries()) {
        if (txs === null) rounds.empty();
        else rounds.round(...new Set(txs.map((text) => `${i} ${text}`)));
      }
      let asked = 0;
      const { sync, store, clock } = follower(rounds.consensus, (start, end) =>
        lies[asked++] === true ? [] : rounds.store.writeLog(start, end),
      );
      sync.advance();
      await run(clock);
      expect(store.lastBlock).toEqual(rounds.store.lastBlock);
      const round = store.lastBlock!.block.header.round;
      expect(store.stateTree(round)!.rootHash()).toEqual(rounds.store.stateTree(round)!.rootHash());
    }),
    { numRuns: 15 },
  );
});
