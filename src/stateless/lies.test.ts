import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { createHandlers } from "../api/handlers/create-handlers.ts";
import type { Call, Handlers } from "../api/handlers.ts";
import { RecordingNode } from "../api/testing/test-server.ts";
import { Commit } from "../chain/commit.ts";
import { Header } from "../chain/header.ts";
import { LightBlockProto } from "../chain/light-block.ts";
import { ValidatorSet } from "../chain/validator-set.ts";
import { decodeValidatorSet, encodeValidatorSet } from "../chain/validator-set-proto.ts";
import * as wire from "../chain/wire.ts";
import { fromBase64, toBase64 } from "../codec/bytes.ts";
import { decode, encode } from "../codec/schema.ts";
import type { Environment } from "../storage/environment/environment.ts";
import { memoryEnvironment } from "../storage/environment/memory-environment.ts";
import type * as api from "../types/api-consensus.ts";
import { BlockMeta, BlockResultsMeta } from "../types/api-consensus.ts";
import { MerkleProof, type Proof, SignedTransaction } from "../types/consensus.ts";
import type { ProofResponse } from "../types/storage.ts";
import { type Lie, RecordedNode, type TestProvider } from "./testing/recorded-provider.ts";
import { type StatelessWorld, startProviders, statelessWorld } from "./testing/stateless-world.ts";

const call: Call = { signal: new AbortController().signal };
const HEIGHT = 12n;
const LAST = 23n;

let node: RecordedNode;
let truth: Required<Handlers>;
let servers: readonly TestProvider[];
beforeAll(async () => {
  const name = "min-transact-balance";
  const files = {
    genesis: sharedPath("chains", `${name}.genesis.json`),
    chain: sharedPath("chains", `${name}.jsonl.gz`),
  };
  node = new RecordedNode(files);
  truth = createHandlers({ node: new RecordingNode(), consensus: node }) as Required<Handlers>;
  servers = await startProviders(node, 3);
});
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

interface Case {
  /** What is false. */
  readonly id: string;
  /** `Service/Method` that lies. */
  readonly at: string;
  readonly lie: Lie;
  /** The newest block that the node knows of; {@link LAST} when left out. */
  readonly newest?: bigint;
  /** What is asked. */
  ask(handlers: Required<Handlers>): unknown;
}

const proofs: readonly [id: string, lie: (answer: ProofResponse) => unknown][] = [
  ["a changed value", ({ proof }) => ({ proof: { ...proof, entries: changeLast(proof.entries!) } })],
  ["a proof cut short", ({ proof }) => ({ proof: { ...proof, entries: proof.entries!.slice(0, -1) } })],
  ["an empty proof", ({ proof }) => ({ proof: { ...proof, entries: [] } })],
  ["nothing there", ({ proof }) => ({ proof: { ...proof, entries: [null] } })],
  [
    "only the hash of the root",
    ({ proof }) => ({
      proof: { ...proof, entries: [Uint8Array.of(2, ...proof.untrusted_root)] },
    }),
  ],
  [
    "a proof with more behind it",
    ({ proof }) => ({ proof: { ...proof, entries: [...proof.entries!, null] } }),
  ],
  ["an unknown version of proofs", ({ proof }) => ({ proof: { ...proof, v: 9 } })],
];

const stateCases: readonly Case[] = [
  ...proofs.map(
    ([id, lie]): Case => ({
      ...{ id, lie: lie as Lie, at: "Consensus/StateSyncGet" },
      ask: (handlers) => handlers.Staking.TotalSupply(HEIGHT, call),
    }),
  ),
  {
    id: "the state of an earlier height",
    at: "Consensus/StateSyncGet",
    lie: (async (_: never, request: { tree: { root: { version: bigint } } }) => {
      const version = request.tree.root.version - 1n;
      const { app_hash } = node.blockAt(version + 1n)!.block.header;
      const root = { ...request.tree.root, version, hash: app_hash };
      return await node.sync.get({ ...request, tree: { root, position: app_hash } } as never);
    }) as unknown as Lie,
    ask: (handlers) => handlers.Staking.LastBlockFees(HEIGHT, call),
  },
  ...proofs.map(
    ([id, lie]): Case => ({
      ...{ id: `in a list, ${id}`, lie: lie as Lie, at: "Consensus/StateSyncGetPrefixes" },
      ask: (handlers) => handlers.Staking.Addresses(HEIGHT, call),
    }),
  ),
  {
    id: "a list of nothing but its way",
    at: "Consensus/StateSyncGetPrefixes",
    lie: (async (_: never, request: object) =>
      await node.sync.getPrefixes({ ...request, prefixes: [], limit: 0 } as never)) as unknown as Lie,
    ask: (handlers) => handlers.Staking.Addresses(HEIGHT, call),
  },
];

const blockCases: readonly Case[] = [
  ...(
    [
      ["another height", (block) => ({ ...block, height: block.height - 1n })],
      ["another hash", (block) => ({ ...block, hash: changed(block.hash) })],
      ["another time", (block) => ({ ...block, time: block.time! + 1n })],
      ["another size", (block) => ({ ...block, size: block.size + 1n })],
      [
        "another state root",
        (block) => ({
          ...block,
          state_root: { ...block.state_root, hash: changed(block.state_root.hash) },
        }),
      ],
      [
        "a root of another version",
        (block) => ({
          ...block,
          state_root: { ...block.state_root, version: block.state_root.version + 1n },
        }),
      ],
      [
        "another proposer",
        (block) =>
          changeMeta(block, (meta) => {
            const header = wire.decode(Header, meta.header!);
            return {
              ...meta,
              header: wire.encode(Header, { ...header, proposer_address: new Uint8Array(20) }),
            };
          }),
      ],
      [
        "a signature that is not in the last commit",
        (block) =>
          changeMeta(block, (meta) => {
            const commit = wire.decode(Commit, meta.last_commit!);
            const [first, ...others] = commit.signatures;
            const signatures = [{ ...first!, signature: changed(first!.signature) }, ...others];
            return { ...meta, last_commit: wire.encode(Commit, { ...commit, signatures }) };
          }),
      ],
      ["a block of another height", () => truth.Consensus.GetBlock(HEIGHT - 1n, call)],
    ] satisfies [string, (block: api.Block) => unknown][]
  ).map(
    ([id, lie]): Case => ({
      ...{ id, lie: lie as Lie, at: "Consensus/GetBlock" },
      ask: (handlers) => handlers.Consensus.GetBlock(HEIGHT, call),
    }),
  ),
  ...(
    [
      ["a transaction changed", (txs) => [changed(txs[0]!), ...txs.slice(1)]],
      ["a transaction left out", (txs) => txs.slice(1)],
      ["a transaction more", (txs) => [...txs, txs[0]!]],
      ["no transactions", () => null],
    ] satisfies [string, (txs: Uint8Array[]) => unknown][]
  ).map(
    ([id, lie]): Case => ({
      ...{ id, lie: lie as Lie, at: "Consensus/GetTransactions" },
      ask: (handlers) => handlers.Consensus.GetTransactionsWithProofs(HEIGHT, call),
    }),
  ),
  {
    ...{ id: "validators with another power", at: "Consensus/GetValidators", newest: LAST - 1n },
    lie: ((answer: api.Validators) => {
      const { validators, proposer } = decodeValidatorSet(answer.meta!);
      const [first, ...others] = validators;
      const set = new ValidatorSet([{ ...first!, voting_power: 77n }, ...others], proposer);
      return { ...answer, meta: encodeValidatorSet(set, true) };
    }) as unknown as Lie,
    ask: (handlers) => handlers.Consensus.GetValidators(LAST, call),
  },
  {
    ...{ id: "validators of another height", at: "Consensus/GetValidators", newest: LAST - 1n },
    lie: ((answer: api.Validators) => ({ ...answer, height: answer.height - 1n })) as unknown as Lie,
    ask: (handlers) => handlers.Consensus.GetValidators(LAST, call),
  },
];

type Results = BlockResultsMeta;
const resultCases: readonly Case[] = (
  [
    ["another code", (meta) => ({ ...meta, txs_results: changeFirst(meta.txs_results!, { code: 9 }) })],
    ["other gas", (meta) => ({ ...meta, txs_results: changeFirst(meta.txs_results!, { gas_used: 9n }) })],
    ["a result left out", (meta) => ({ ...meta, txs_results: meta.txs_results!.slice(1) })],
    ["an event of staking changed", (meta) => changeEvents(meta, "staking", "change")],
    ["an event of staking left out", (meta) => changeEvents(meta, "staking", "leave out")],
    [
      "another codespace",
      (meta) => ({
        ...meta,
        txs_results: changeFirst(meta.txs_results!, { codespace: "staking" }),
      }),
    ],
    [
      "an event of another service made up",
      (meta) => ({
        ...meta,
        end_block_events: [
          ...(meta.end_block_events ?? []),
          { type: "oasis_event_000_beacon", attributes: [{ key: "epoch", value: "Aw==", index: false }] },
        ],
      }),
    ],
  ] satisfies [string, (meta: Results) => Results][]
).map(
  ([id, lie]): Case => ({
    ...{ id, at: "Consensus/GetBlockResults" },
    lie: ((answer: api.BlockResults) => ({
      ...answer,
      meta: encode(BlockResultsMeta, lie(decode(BlockResultsMeta, answer.meta))),
    })) as unknown as Lie,
    ask: (handlers) => handlers.Consensus.GetBlockResults(withEvents(), call),
  }),
);

describe("a provider that lies is found out, and another one asked", () => {
  test.each([...stateCases, ...blockCases, ...resultCases])("$at: $id", async ({ at, lie, ask, newest }) => {
    await using world = await following(3, newest);
    world.providers[0]!.lies.set(at, lie);
    expect(await ask(world.handlers)).toEqual(await ask(truth));
    const [liar, ...honest] = world.pool.report();
    expect(world.providers[0]!.calls).toContain(at);
    expect(liar).toMatchObject({ score: 0, wrongAnswers: 1, wrong: expect.any(String) });
    for (const { wrongAnswers } of honest) expect(wrongAnswers).toBe(0);
  });

  test.each([stateCases[0]!, stateCases.at(-1)!, blockCases[0]!, resultCases[0]!])(
    "$at: $id, when all do: there is no answer",
    async ({ at, lie, ask }) => {
      await using world = await following();
      for (const provider of world.providers) provider.lies.set(at, lie);
      await expect(async () => await ask(world.handlers)).rejects.toThrow(/no provider can give and prove/);
      for (const { wrongAnswers } of world.pool.report()) expect(wrongAnswers).toBe(1);
    },
  );

  test("who lied is asked last", async () => {
    await using world = await following();
    world.providers[0]!.lies.set(stateCases[0]!.at, stateCases[0]!.lie);
    await world.handlers.Staking.TotalSupply(HEIGHT, call);
    await world.handlers.Consensus.GetBlock(HEIGHT, call);
    expect(world.providers.map(({ calls }) => calls.includes("Consensus/GetBlock"))).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe("what nothing proves", () => {
  test("is refused when two providers contradict each other", async () => {
    const { at, lie, ask } = resultCases.at(-1)!;
    await using world = await following(2);
    world.providers[0]!.lies.set(at, lie);
    await expect(async () => await ask(world.handlers)).rejects.toThrow(
      /contradict each other .*: provider-1 against provider-2/,
    );
  });

  test("is refused when nobody confirms it", async () => {
    const { at, ask } = resultCases.at(-1)!;
    await using world = await following(2);
    world.providers[1]!.lies.set(at, () => Promise.reject(new Error("gone")));
    await expect(async () => await ask(world.handlers)).rejects.toThrow(
      /nobody confirms what provider-1 says/,
    );
  });
});

describe("a provider that cuts lists short", () => {
  test.each([1, 2, 7])("at %i entries gets the whole list out all the same", async (limit) => {
    await using world = await following();
    for (const { lies } of world.providers) {
      const ask = (change: object) =>
        (async (_: never, request: object) => {
          const asked = { ...request, ...change } as never;
          return "prefixes" in request ? await node.sync.getPrefixes(asked) : await node.sync.iterate(asked);
        }) as unknown as Lie;
      lies.set("Consensus/StateSyncGetPrefixes", ask({ limit }));
      lies.set("Consensus/StateSyncIterate", ask({ prefetch: limit }));
    }
    expect(await world.handlers.Staking.Addresses(HEIGHT, call)).toEqual(
      await truth.Staking.Addresses(HEIGHT, call),
    );
  });
});

test("an answer that needs more of the state than there is memory for is refused", async () => {
  const environment = verified.get(LAST) ?? memoryEnvironment();
  await using world = await statelessWorld(node, { providers: servers, environment, stateBytes: 4000 });
  for (const { lies } of servers) lies.clear();
  await world.headers.verify(LAST, call.signal);
  await expect(async () => await world.handlers.Staking.StateToGenesis(HEIGHT, call)).rejects.toThrow(
    /raise common\.memory/,
  );
  expect(world.state.bytes).toBeLessThanOrEqual(4000);
});

describe("light blocks", () => {
  const cases: readonly [id: string, lie: (block: api.LightBlock) => unknown][] = [
    ["of another height", (block) => ({ ...block, height: block.height - 1n })],
    [
      "with a changed header",
      (block) =>
        changeLightBlock(block, ({ header, commit }) => ({
          header: { ...header!, app_hash: new Uint8Array(32) },
          commit,
        })),
    ],
    [
      "with a wrong signature",
      (block) =>
        changeLightBlock(block, ({ header, commit }) => {
          const signatures = commit!.signatures.map((one) => ({ ...one, signature: changed(one.signature) }));
          return { header, commit: { ...commit!, signatures } };
        }),
    ],
  ];
  test.each(cases)("%s are not believed", async (_, lie) => {
    await using world = await following(3, LAST - 1n, memoryEnvironment());
    world.providers[0]!.lies.set("Consensus/GetLightBlock", lie as Lie);
    await world.headers.verify(LAST, call.signal);
    expect(world.headers.latest!.header).toEqual(node.blockAt(LAST)!.block.header);
  });

  test("that only liars have are none", async () => {
    await using world = await following(3, LAST - 1n, memoryEnvironment());
    for (const { lies } of world.providers) lies.set("Consensus/GetLightBlock", cases[1]![1] as Lie);
    await expect(world.headers.verify(LAST, call.signal)).rejects.toThrow();
    expect(world.headers.latestHeight).toBe(LAST - 1n);
  });
});

describe("submitting", () => {
  const height = 10n;
  const submitted = () => {
    const { txs } = node.blockAt(height)!.block;
    const index = 0;
    return { txs, index, tx: decode(SignedTransaction, txs[index]!) };
  };

  test("gives the proof that the transaction is in a block", async () => {
    await using world = await following();
    const { index, tx } = submitted();
    node.outcome = { stage: "block", height, index, result: node.resultsAt(height)!.txResults[index]! };
    const expected = await truth.Consensus.SubmitTxWithProof(tx, call);
    expect(await world.handlers.Consensus.SubmitTxWithProof(tx, call)).toEqual(expected);
    expect(await world.handlers.Consensus.SubmitTx(tx, call)).toBeUndefined();
  });

  test.each<[string, (proof: Proof) => Proof]>([
    ["of another place", (proof) => changeProof(proof, (path) => ({ ...path, index: path.index + 1n }))],
    ["of another block", (proof) => ({ ...proof, height: proof.height + 1n })],
    [
      "of another transaction",
      (proof) => changeProof(proof, (path) => ({ ...path, leaf_hash: changed(path.leaf_hash!) })),
    ],
  ])("a proof %s is not passed on", async (_, lie) => {
    await using world = await following();
    const { index, tx } = submitted();
    node.outcome = { stage: "block", height, index, result: node.resultsAt(height)!.txResults[index]! };
    for (const { lies } of world.providers) lies.set("Consensus/SubmitTxWithProof", lie as unknown as Lie);
    await expect(async () => await world.handlers.Consensus.SubmitTx(tx, call)).rejects.toThrow(
      /not in the block/,
    );
  });
});

/** What was verified stays for all tests, except those that are about that. */
const verified = new Map<bigint, Environment>();

/** A world whose node knows the block of a height as the newest. */
async function following(
  providers = 3,
  height = LAST,
  environment = verified.get(height),
): Promise<StatelessWorld> {
  for (const { lies } of servers) lies.clear();
  const own = environment ?? memoryEnvironment();
  const world = await statelessWorld(node, { providers: servers.slice(0, providers), environment: own });
  await world.headers.verify(height, call.signal);
  if (environment === undefined) verified.set(height, own);
  for (const { calls } of world.providers) calls.length = 0;
  return world;
}

/** A height with an event of staking and a transaction. */
function withEvents(): bigint {
  for (let height = 2n; height < LAST; height++) {
    const { txResults } = node.resultsAt(height)!;
    if (txResults[0]!.events.some(({ type }) => type.endsWith("staking"))) return height;
  }
  throw new Error("the chain has no events of staking");
}

function changed(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  if (copy.length > 0) copy[copy.length - 1]! ^= 1;
  return copy;
}

function changeLast(entries: readonly (Uint8Array | null)[]): (Uint8Array | null)[] {
  const index = entries.findLastIndex((entry) => entry?.[0] === 1);
  return entries.map((entry, i) => (i === index ? changed(entry!) : entry));
}

function changeFirst<T>(list: readonly T[], change: Partial<T>): T[] {
  return list.map((one, i) => (i === 0 ? { ...one, ...change } : one));
}

function changeMeta(block: api.Block, change: (meta: BlockMeta) => BlockMeta): api.Block {
  return { ...block, meta: encode(BlockMeta, change(decode(BlockMeta, block.meta))) };
}

function changeEvents(meta: Results, service: string, how: "change" | "leave out"): Results {
  const [first, ...others] = meta.txs_results!;
  const events = (first!.events ?? []).flatMap((event) => {
    if (!event.type.endsWith(service)) return event;
    if (how === "leave out") return [];
    const attributes = event.attributes!.map((attribute) => ({
      ...attribute,
      value: toBase64(changed(fromBase64(attribute.value))),
    }));
    return { ...event, attributes };
  });
  return { ...meta, txs_results: [{ ...first!, events }, ...others] };
}

type SignedHeader = NonNullable<LightBlockProto["signed_header"]>;

function changeLightBlock(
  block: api.LightBlock,
  change: (header: SignedHeader) => SignedHeader,
): api.LightBlock {
  const proto = wire.decode(LightBlockProto, block.meta!);
  const meta = wire.encode(LightBlockProto, { ...proto, signed_header: change(proto.signed_header!) });
  return { ...block, meta };
}

function changeProof(proof: Proof, change: (path: MerkleProof) => MerkleProof): Proof {
  return { ...proof, raw_proof: encode(MerkleProof, change(decode(MerkleProof, proof.raw_proof))) };
}
