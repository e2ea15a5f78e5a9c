import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ChainProvider,
  chainProvider,
  LIGHT_CHAIN_ID,
  lightChain,
  timeAt,
} from "../../../test/chain/light-chain.ts";
import { FakeClock } from "../../../test/fake-clock.ts";
import { toHex } from "../../codec/bytes.ts";
import type { Environment } from "../../storage/environment/environment.ts";
import { memoryEnvironment } from "../../storage/environment/memory-environment.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { verifyLightClientAttack } from "../evidence/verify-light-client-attack.ts";
import { headerHash } from "../header.ts";
import type { LightBlock } from "../light-block.ts";
import { NANOS_PER_MILLISECOND, NANOS_PER_SECOND } from "../time.ts";
import { bisect } from "./bisect.ts";
import { KEPT_BLOCKS, LightClient, type LightClientOptions } from "./light-client.ts";
import { fetchTrustRoot } from "./trust-root.ts";
import { TrustedStore } from "./trusted-store.ts";
import { LIGHT_VERIFY_DEFAULTS } from "./verify-light-block.ts";

const verify = { ...LIGHT_VERIFY_DEFAULTS, chainId: LIGHT_CHAIN_ID };
const signal = new AbortController().signal;
/** A validator leaves and one joins every 10 blocks: 4 of them, after 30 blocks none is the same. */
const changing = (height: number) => {
  const first = Math.floor(height / 10);
  return [first, first + 1, first + 2, first + 3].map((n) => n + 1);
};
const chain = lightChain({ length: 100, validators: changing });
const hashOf = (block: LightBlock) => toHex(headerHash(block.header));

interface Made {
  client: LightClient;
  clock: FakeClock;
  environment: Environment;
}

function clientOf(
  providers: readonly ChainProvider[],
  options: Partial<LightClientOptions> = {},
  made: Partial<Made> = {},
): Made {
  const clock = made.clock ?? new FakeClock(Number(timeAt(100) / NANOS_PER_MILLISECOND));
  const environment = made.environment ?? memoryEnvironment();
  const root = { height: 1n, hash: headerHash(chain[0]!.header) };
  const client = new LightClient(
    { verify, anchor: { kind: "block", root }, ...options },
    { providers, store: new TrustedStore(environment), clock, logger: silentLogging.logger("light") },
  );
  return { client, clock, environment };
}

const honest = (count = 3, blocks = chain) =>
  Array.from({ length: count }, (_, i) => chainProvider(`honest ${i}`, blocks));

/** A copy of the chain that goes its own way from a height on, signed by all validators. */
function fork(
  from: number,
  change: Partial<LightBlock["header"]> = { app_hash: new Uint8Array(32).fill(9) },
) {
  return lightChain({
    length: 100,
    validators: changing,
    header: (height) => (height >= from ? change : {}),
    after: chain.slice(0, from - 1),
  });
}

describe("an honest network", () => {
  test("far blocks are verified by a few in between", async () => {
    const providers = honest();
    const { client } = clientOf(providers);
    expect(hashOf(await client.at(100n, signal))).toBe(hashOf(chain[99]!));
    // The root, the target, and what the change of all validators takes.
    expect(providers[0]!.asked.length).toBeGreaterThan(4);
    expect(providers[0]!.asked.length).toBeLessThan(20);
    expect(client.firstHeight).toBe(1n);
    expect(client.lastHeight).toBe(100n);
  });

  test("between and before trusted blocks too", async () => {
    const { client } = clientOf(honest(), {
      anchor: { kind: "block", root: { height: 50n, hash: headerHash(chain[49]!.header) } },
    });
    for (const height of [80n, 60n, 50n, 45n, 47n]) {
      expect(hashOf(await client.at(height, signal))).toBe(hashOf(chain[Number(height) - 1]!));
    }
  });

  test("the newest", async () => {
    const { client } = clientOf(honest());
    expect((await client.newest(signal)).header.height).toBe(100n);
  });

  test("what was verified stays over a restart, and is not asked for again", async () => {
    const first = clientOf(honest());
    await first.client.at(100n, signal);
    const providers = honest();
    const { client } = clientOf(providers, {}, first);
    await client.at(100n, signal);
    expect(providers.flatMap(({ asked }) => asked)).toEqual([]);
  });

  test("any heights in any order give the chain's blocks", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 6 }), async (heights) => {
        const { client } = clientOf(honest(2));
        for (const height of heights) {
          expect(hashOf(await client.at(BigInt(height), signal))).toBe(hashOf(chain[height - 1]!));
        }
      }),
      { numRuns: 15 },
    );
  });

  test("as many blocks are kept as the official node keeps, and the root in any case", () => {
    const store = new TrustedStore(memoryEnvironment());
    for (const block of chain) store.save(block, 10, 1n);
    expect([store.firstHeight, store.lastHeight]).toEqual([1n, 100n]);
    expect(store.above(1n)!.header.height).toBe(92n);
    expect(store.atOrBelow(91n)!.header.height).toBe(1n);
    expect(KEPT_BLOCKS).toBe(1000);
  });
});

describe("providers that fail", () => {
  test("a primary without the block is replaced by a witness", async () => {
    const providers = [chainProvider("short", chain.slice(0, 50)), ...honest()];
    const { client } = clientOf(providers);
    expect((await client.at(90n, signal)).header.height).toBe(90n);
    expect(client.providers[0]!.name).toBe("honest 0");
  });

  test("a block that nobody confirms is not believed", async () => {
    const { client } = clientOf([chainProvider("alone", chain), chainProvider("short", chain.slice(0, 50))]);
    await expect(client.at(90n, signal)).rejects.toMatchObject({ kind: "no-witness", isTransient: true });
  });

  test("a block that nobody has", async () => {
    const { client } = clientOf(honest());
    await expect(client.at(101n, signal)).rejects.toMatchObject({ kind: "no-answer", isTransient: true });
  });

  test("a single provider is refused", () => {
    expect(() => clientOf(honest(1))).toThrow(/two providers/);
  });

  test.each<[string, (block: LightBlock) => LightBlock]>([
    ["another header", (b) => ({ ...b, header: { ...b.header, app_hash: new Uint8Array(32) } })],
    ["another chain's header", (b) => ({ ...b, header: { ...b.header, chain_id: "other" } })],
    ["a commit without signatures", (b) => ({ ...b, commit: { ...b.commit, signatures: [] } })],
    ["another height", () => chain[2]!],
  ])("a primary with %s is rejected and done without", async (_, change) => {
    const liar = chainProvider(
      "liar",
      chain.map((block, i) => (i === 0 ? block : change(block))),
    );
    const { client } = clientOf([liar, ...honest()]);
    expect(hashOf(await client.at(90n, signal))).toBe(hashOf(chain[89]!));
    expect(liar.rejections).not.toEqual([]);
  });

  test("a primary with a chain that nobody signed is rejected", async () => {
    const unsigned = lightChain({ length: 100, validators: () => [90, 91], after: chain.slice(0, 1) });
    const liar = chainProvider("liar", unsigned);
    const { client } = clientOf([liar, ...honest()]);
    expect(hashOf(await client.at(90n, signal))).toBe(hashOf(chain[89]!));
    expect(liar.rejections).not.toEqual([]);
  });

  test("a witness that cannot prove another block is rejected, and the block believed", async () => {
    const liar = chainProvider(
      "liar",
      lightChain({ length: 100, validators: () => [90], after: chain.slice(0, 1) }),
    );
    const { client } = clientOf([...honest(2), liar]);
    expect(hashOf(await client.at(90n, signal))).toBe(hashOf(chain[89]!));
    expect(liar.rejections).toEqual(["it has another block and cannot prove it"]);
  });

  test("other proposer priorities of the same validators are not believed", async () => {
    const other = chain.map((block) => ({
      ...block,
      validators: block.validators.withPriorities(
        block.validators.validators.map((v) => ({ ...v, proposer_priority: 5n })),
        block.validators.proposer!,
      ),
    }));
    const { client } = clientOf([...honest(1), chainProvider("other", other)]);
    await expect(client.at(90n, signal)).rejects.toMatchObject({ kind: "conflict" });
  });
});

describe("an attack", () => {
  test.each<[string, Partial<LightBlock["header"]>]>([
    ["a made-up state", { app_hash: new Uint8Array(32).fill(9) }],
    ["two blocks of one round", { data_hash: new Uint8Array(32).fill(9) }],
  ])("by %s is proven to both sides and not believed", async (_, change) => {
    const attacker = chainProvider("attacker", fork(60, change));
    const [witness] = honest(1);
    const { client } = clientOf([attacker, witness!]);
    await expect(client.at(90n, signal)).rejects.toMatchObject({ kind: "attack" });
    expect(witness!.evidence).toHaveLength(1);
    expect(attacker.evidence).toHaveLength(1);
    for (const [judge, blocks] of [
      [witness!, chain],
      [attacker, attacker.blocks],
    ] as const) {
      const [evidence] = judge.evidence;
      if (evidence?.type !== "light_client_attack") throw new Error("not an attack");
      const { common_height, conflicting_block } = evidence.value;
      const own = blocks[Number(conflicting_block!.signed_header!.header!.height) - 1]!;
      verifyLightClientAttack(evidence.value, {
        commonHeight: common_height,
        commonValidators: blocks[Number(common_height) - 1]!.validators,
        trusted: { header: own.header, commit: own.commit },
      });
    }
    expect(client.lastHeight).toBe(1n);
  });
});

describe("trust", () => {
  test("a root that is not the chain's is refused, with what the providers have", async () => {
    const hash = new Uint8Array(32).fill(5);
    const { client } = clientOf(honest(), { anchor: { kind: "block", root: { height: 1n, hash } } });
    const failure = client.at(90n, signal);
    await expect(failure).rejects.toMatchObject({ kind: "root" });
    await expect(failure).rejects.toThrow(hashOf(chain[0]!));
    await expect(failure).rejects.toThrow(toHex(hash));
  });

  test("ends when everything trusted is too old, and the remedy is told", async () => {
    const { client, clock } = clientOf(honest());
    await client.at(50n, signal);
    clock.advance(31 * 24 * 3_600_000);
    await expect(client.at(90n, signal)).rejects.toMatchObject({ kind: "expired" });
    await expect(client.at(90n, signal)).rejects.toThrow(/consensus\.light_client\.trust/);
  });

  test("blocks from the future are not believed", async () => {
    const { client } = clientOf(
      honest(),
      {},
      { clock: new FakeClock(Number(timeAt(50) / NANOS_PER_MILLISECOND)) },
    );
    expect((await client.at(59n, signal)).header.height).toBe(59n);
    await expect(client.at(60n, signal)).rejects.toMatchObject({ kind: "invalid" });
  });

  test("another configured root begins anew", async () => {
    const first = clientOf(honest());
    await first.client.at(90n, signal);
    const root = { height: 70n, hash: headerHash(chain[69]!.header) };
    const { client } = clientOf(honest(), { anchor: { kind: "block", root } }, first);
    await client.at(71n, signal);
    expect(client.firstHeight).toBe(70n);
  });

  test("sources that agree give a root; it is not asked for again while it is young", async () => {
    const sources = [chainProvider("a", chain), chainProvider("b", chain.slice(0, 80))];
    let asked = 0;
    const fetch = (s: AbortSignal) => {
      asked++;
      return fetchTrustRoot(sources, LIGHT_CHAIN_ID, 0n, s);
    };
    const anchor = { kind: "sources", fetch } as const;
    const first = clientOf(honest(), { anchor });
    await first.client.at(95n, signal);
    expect(first.client.firstHeight).toBe(80n);
    await clientOf(honest(), { anchor }, first).client.at(96n, signal);
    expect(asked).toBe(1);
  });

  test("sources that disagree are refused, with what each says", async () => {
    const other = fork(60);
    const sources = [chainProvider("a", chain), chainProvider("b", other)];
    const failure = fetchTrustRoot(sources, LIGHT_CHAIN_ID, 0n, signal);
    await expect(failure).rejects.toThrow(`a says ${hashOf(chain[99]!)}, b says ${hashOf(other[99]!)}`);
    expect(await fetchTrustRoot(sources, LIGHT_CHAIN_ID, 59n, signal)).toEqual({
      height: 59n,
      hash: headerHash(chain[58]!.header),
    });
  });

  test("one source is not enough, and a silent one is named", async () => {
    await expect(fetchTrustRoot(honest(1), LIGHT_CHAIN_ID, 0n, signal)).rejects.toThrow(/two sources/);
    const silent = {
      ...chainProvider("silent", []),
      getLightBlock: () => Promise.reject(new Error("refused")),
    };
    await expect(
      fetchTrustRoot([chainProvider("a", chain), silent], LIGHT_CHAIN_ID, 0n, signal),
    ).rejects.toThrow("silent: refused");
  });
});

test("bisection goes by 9/16", async () => {
  const fetched: bigint[] = [];
  const trace = await bisect(
    verify,
    chain[0]!,
    chain[99]!,
    timeAt(100) + NANOS_PER_SECOND,
    async (height) => {
      fetched.push(height);
      return chain[Number(height) - 1]!;
    },
  );
  expect(fetched[0]).toBe(56n);
  expect(fetched[1]).toBe(31n);
  expect(trace.map(({ header }) => header.height).at(-1)).toBe(100n);
});
