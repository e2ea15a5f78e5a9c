import { readFileSync } from "node:fs";
import * as oasis from "@oasisprotocol/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { equal, fromHex, toHex } from "../codec/bytes.ts";
import { type Codec, decode, encode } from "../codec/schema.ts";
import { chainContext } from "../config/genesis/chain-context.ts";
import { queryEntities, queryNodes, queryRuntimes } from "../consensus/registry/query.ts";
import { queryAddresses } from "../consensus/staking/query.ts";
import { silentLogging } from "../telemetry/logger.ts";
import * as consensusApi from "../types/api-consensus.ts";
import { ApiClient } from "./client.ts";
import { Dispatcher } from "./dispatcher.ts";
import { createHandlers } from "./handlers/create-handlers.ts";
import type { Handlers, ServiceHandlers } from "./handlers.ts";
import type { Services } from "./method-table.ts";
import { blockEvents, registryEvents, stakingEvents } from "./service-events.ts";
import type { RpcStatus } from "./status.ts";
import { RecordedBackend } from "./testing/recorded-backend.ts";
import { sampleRequests } from "./testing/sample-requests.ts";
import { RecordingNode, startTestServer } from "./testing/test-server.ts";
import { TestXMLHttpRequest } from "./testing/test-xhr.ts";

function recorded(name: string, at?: bigint): RecordedBackend {
  const genesis = readFileSync(sharedPath("chains", `${name}.genesis.json`), "utf8");
  return new RecordedBackend(genesis, sharedPath("chains", `${name}.jsonl.gz`), at);
}

function handlersOf(consensus: RecordedBackend): Required<Handlers> {
  return createHandlers({ node: new RecordingNode(), consensus }) as Required<Handlers>;
}

const firstLight = recorded("first-light");
const handlers = handlersOf(firstLight);
const call = { signal: new AbortController().signal };
const runtimeId = fromHex(`80${"00".repeat(31)}`);

describe("every method over recorded chains", () => {
  const chains = [
    "first-light",
    "runtime-message",
    "keymanager-churp-txs",
    "change-parameters-min-commission-rate",
  ];
  test.each(chains)("%s", async (name) => {
    const backend = recorded(name);
    const dispatcher = new Dispatcher({ handlers: handlersOf(backend), logger: silentLogging.logger("api") });
    const half = backend.lastHeight / 2n;
    let answered = 0;
    for (const height of [0n, backend.genesis.height, half, backend.lastHeight]) {
      for (const { path, method, request } of requests(backend, height)) {
        const { status, messages } = await callNow(dispatcher, path, request);
        if (method.kind === "stream") continue;
        const id = `${path} at ${height}: ${status?.message}`;
        // Things that are not there are answered by coded errors; everything else is a mistake.
        if (status?.code === 0) answered++;
        if (status?.code !== 0) expect(status?.coded ?? status?.message, id).toSatisfy(isKnownRefusal);
        else if (method.response !== null) {
          const value = decode(method.response as Codec<unknown>, messages[0]!, "rpc");
          expect(equal(encode(method.response as Codec<unknown>, value), messages[0]!), id).toBe(true);
        }
      }
    }
    expect(answered).toBeGreaterThan(4 * 80);
    expect(dispatcher.running).toBe(0);
    expect(backend.listenerCount).toBe(0);
  });
});

/** A request of each method about things that the chain has. */
function requests(backend: RecordedBackend, height: bigint) {
  const state = backend.stateAt(height === 0n ? backend.lastHeight : height)!;
  const owners = queryAddresses(state) ?? [];
  const things = {
    entity: queryEntities(state)?.[0]?.id,
    node: queryNodes(state)?.[0]?.id,
    runtime: queryRuntimes(state, true)?.[0]?.id,
    owner: owners[0],
    beneficiary: owners.at(-1),
  };
  return sampleRequests(things, height);
}

async function callNow(dispatcher: Dispatcher, path: string, request: Uint8Array) {
  const messages: Uint8Array[] = [];
  let status: RpcStatus | null = null;
  const running = dispatcher.run(
    dispatcher.resolve(path, () => true),
    request,
    {
      send: (message) => messages.push(message) > 0,
      finish: (ended) => {
        status = ended;
      },
    },
  );
  // Handlers that answer by a promise have done so by now; streams are left.
  await new Promise(setImmediate);
  running.cancel("cancelled");
  return { messages, status: status as RpcStatus | null };
}

function isKnownRefusal(refusal: unknown): boolean {
  const { module, code } = refusal as { module?: string; code?: number };
  const known = [
    "keymanager/2",
    "keymanager/3",
    "keymanager/4",
    "keymanager/churp/1",
    "governance/5",
    "vault/2",
    "vault/3",
  ];
  const absent = ["registry/10", "registry/11", "beacon/2", "roothash/3"];
  return [...known, ...absent].includes(`${module}/${code}`) || refusal === "failed to find historic epoch";
}

describe("consensus", () => {
  test("status is what the official node of that network said", () => {
    const sample = JSON.parse(readFileSync(sharedPath("samples", "control-status-client.json"), "utf8"));
    const { p2p: _, ...expected } = sample.consensus;
    expect(consensusApi.Status.toJson(firstLight.status())).toEqual(expected);
  });

  const cases = [
    { id: "state, latest", ask: () => handlers.Beacon.GetEpoch(0n, call), answer: 3n },
    { id: "state, negative is latest", ask: () => handlers.Beacon.GetEpoch(-5n, call), answer: 3n },
    {
      id: "state, future",
      ask: () => handlers.Beacon.GetEpoch(112n, call),
      error: "consensus: version not found",
    },
    {
      id: "block, negative",
      ask: () => handlers.Consensus.GetBlock(-1n, call),
      error: "cometbft: block query failed: height must be greater than 0, but got -1",
    },
    {
      id: "block, future",
      ask: () => handlers.Consensus.GetBlock(112n, call),
      error:
        "cometbft: block query failed: height 112 must be less than or equal to the current blockchain height 111",
    },
    {
      id: "results, future",
      ask: () => handlers.Staking.GetEvents(112n, call),
      error:
        "cometbft: block results query failed: height 112 must be less than or equal to the current blockchain height 111",
    },
    {
      id: "epoch before the first",
      ask: () => handlers.Beacon.GetEpochBlock(100n, call),
      error: "failed to find historic epoch",
    },
  ];
  test.each(cases)("heights: $id", ({ ask, answer, error }) => {
    if (error !== undefined) expect(ask).toThrow(error);
    else expect(ask()).toBe(answer);
  });

  test("before the first block", () => {
    const empty = handlersOf(recorded("first-light", 0n));
    expect(() => empty.Beacon.GetEpoch(0n, call)).toThrow("consensus: no committed blocks");
    expect(() => empty.Consensus.GetBlock(0n, call)).toThrow("consensus: no committed blocks");
    expect(() => empty.Consensus.GetLatestHeight(null, call)).toThrow("consensus: no committed blocks");
  });

  test("epochs begin where the states say", async () => {
    for (const epoch of [1n, 2n, 3n]) {
      const height = await handlers.Beacon.GetEpochBlock(epoch, call);
      expect(await handlers.Beacon.GetEpoch(height, call)).toBe(epoch);
      expect(await handlers.Beacon.GetEpoch(height - 1n, call)).toBe(epoch - 1n);
      expect(await handlers.Beacon.GetNextEpoch(height - 1n, call)).toBe(epoch);
    }
  });

  test("events carry the height that was asked for", async () => {
    const heights = Array.from({ length: 111 }, (_, i) => BigInt(i + 1));
    const withEvents = heights.filter((height) =>
      firstLight.resultsAt(height)!.txResults.some((result) => result.events.length > 0),
    );
    const at = withEvents.at(-1)!;
    const asked = await handlers.Consensus.GetTransactionsWithResults(at, call);
    const events = asked.results!.flatMap((result) => result.events ?? []);
    expect(events.length).toBeGreaterThan(0);
    const heightOf = (event: (typeof events)[number]) =>
      (event.staking ?? event.registry ?? event.roothash ?? event.governance)!.height;
    expect(new Set(events.map(heightOf))).toEqual(new Set([at]));
    const latest = await handlersOf(recorded("first-light", at)).Consensus.GetTransactionsWithResults(
      0n,
      call,
    );
    expect(new Set(latest.results!.flatMap((r) => r.events ?? []).map(heightOf))).toEqual(new Set([0n]));
  });

  test("a light block two heights ahead has validators and no header", async () => {
    const backend = recorded("first-light", 50n);
    const { meta } = await handlersOf(backend).Consensus.GetLightBlock(51n, call);
    const now = await handlersOf(backend).Consensus.GetLightBlock(50n, call);
    expect(meta!.length).toBeLessThan(now.meta!.length);
    expect(() => handlersOf(backend).Consensus.GetLightBlock(60n, call)).toThrow(
      "consensus: version not found",
    );
  });

  test("submitting: success, refusal, failure in the block, proof", async () => {
    const backend = recorded("first-light");
    const own = handlersOf(backend).Consensus;
    const tx = {
      untrusted_raw_value: Uint8Array.of(0xa0),
      signature: { public_key: new Uint8Array(32), signature: new Uint8Array(64) },
    };
    const result = { ...backend.resultsAt(111n)!.txResults[0]!, code: 0, codespace: "", log: "" };
    backend.outcome = { stage: "block", height: 111n, index: 0, result };
    expect(await own.SubmitTx(tx, call)).toBe(undefined);
    const proof = await own.SubmitTxWithProof(tx, call);
    const proofs = await own.GetTransactionsWithProofs(111n, call);
    expect(toHex(proof.raw_proof!)).toBe(toHex(proofs.proofs![0]!));
    backend.outcome = {
      ...backend.outcome,
      result: { ...result, code: 3, codespace: "staking", log: "staking: insufficient balance" },
    };
    await expect(own.SubmitTx(tx, call)).rejects.toMatchObject({ module: "staking", wireCode: 3 });
  });
});

describe("streams", () => {
  /** Items of a stream that is opened at a height, before and after blocks are committed. */
  function watch<S extends keyof Services>(
    service: S,
    name: keyof ServiceHandlers<Services[S]>,
    request: unknown,
    from: bigint,
    to: bigint,
  ) {
    const backend = recorded("first-light", from);
    const items: unknown[] = [];
    const sink = {
      signal: call.signal,
      push: (item: unknown) => items.push(item),
      end: (error: unknown) => {
        throw error;
      },
    };
    const open = (handlersOf(backend)[service] as never)[name] as (
      request: unknown,
      sink: unknown,
    ) => () => void;
    const dispose = open(request, sink);
    const first = items.length;
    while (backend.latestHeight() < to) backend.advance();
    dispose();
    expect(backend.listenerCount).toBe(0);
    return { first: items.slice(0, first) as never[], later: items.slice(first) as never[], backend };
  }

  test("blocks begin with the next one", () => {
    const { first, later } = watch("Consensus", "WatchBlocks", null, 10n, 13n);
    expect(first).toEqual([]);
    expect(later.map(({ height }) => height)).toEqual([11n, 12n, 13n]);
  });

  test("epochs begin with the current one", () => {
    const { first, later } = watch("Beacon", "WatchEpochs", null, 1n, 111n);
    expect(first).toHaveLength(1);
    expect([...first, ...later]).toEqual([...new Set([...first, ...later])]);
    expect(later.at(-1)).toBe(3n);
  });

  test("ParaTime blocks begin with the last one and leave out no round", () => {
    const { first, later } = watch("RootHash", "WatchBlocks", runtimeId, 60n, 111n);
    const rounds = [...first, ...later].map(
      ({ block }: never) => (block as { header: { round: bigint } }).header.round,
    );
    expect(rounds).toEqual(rounds.map((_, i) => rounds[0]! + BigInt(i)));
    expect(rounds.at(-1)).toBe(41n);
  });

  test("an unknown ParaTime is silent", () => {
    const { first, later } = watch("RootHash", "WatchBlocks", new Uint8Array(32), 60n, 111n);
    expect([first, later]).toEqual([[], []]);
  });

  test("roothash events leave out finalized rounds, which GetEvents has", async () => {
    const { later } = watch("RootHash", "WatchEvents", runtimeId, 60n, 111n);
    expect(later.length).toBeGreaterThan(0);
    expect(later.every(({ finalized }) => finalized === null)).toBe(true);
    const all = await handlers.RootHash.GetEvents(111n, call);
    expect(all!.some((event) => event.finalized !== null)).toBe(true);
  });

  test("ParaTimes, nodes and committees begin with all there are", () => {
    expect(watch("Registry", "WatchRuntimes", null, 111n, 111n).first).toHaveLength(1);
    const [{ nodes }] = watch("Registry", "WatchNodeList", null, 111n, 111n).first as unknown as [
      { nodes: unknown[] },
    ];
    expect(nodes.length).toBeGreaterThan(0);
    expect(watch("Scheduler", "WatchCommittees", null, 111n, 111n).first).toHaveLength(1);
    expect(watch("Scheduler", "WatchCommittees", null, 1n, 111n).later.length).toBeGreaterThan(1);
    expect(watch("Registry", "WatchNodes", null, 1n, 111n).later.length).toBeGreaterThan(0);
    expect(watch("Registry", "WatchEntities", null, 1n, 111n).first).toEqual([]);
  });

  test("nothing committed: streams open without first items", () => {
    expect(watch("Beacon", "WatchEpochs", null, 0n, 0n).first).toEqual([]);
    expect(watch("Registry", "WatchRuntimes", null, 0n, 0n).first).toEqual([]);
  });

  test("order of events: begin, transactions, end when asked; begin, end, transactions when streamed", () => {
    const results = {
      beginEvents: [transfer(1)],
      txResults: [{ events: [transfer(2)] }],
      endEvents: [transfer(3)],
    };
    const block = { height: 7n, txs: [new Uint8Array(1)], results: results as never };
    const amounts = (order: "query" | "live") =>
      blockEvents(stakingEvents, block, order).map((event) => event.transfer!.amount);
    expect(amounts("query")).toEqual([1n, 2n, 3n]);
    expect(amounts("live")).toEqual([1n, 3n, 2n]);
  });

  test("an unknown kind of event: skipped by the registry, an error for staking", () => {
    const unknown = (type: string) => ({
      beginEvents: [{ type, attributes: [{ key: "new", value: "oA==", index: false }] }],
      txResults: [],
      endEvents: [],
    });
    const block = (type: string) => ({ height: 1n, txs: [], results: unknown(type) as never });
    expect(blockEvents(registryEvents, block(registryEvents.type), "query")).toEqual([]);
    expect(() => blockEvents(stakingEvents, block(stakingEvents.type), "query")).toThrow(
      "unknown event type",
    );
  });
});

function transfer(amount: number) {
  const address = `55${"00".repeat(21)}`;
  const cbor = `a362746f${address}6466726f6d${address}66616d6f756e7441${toHex(Uint8Array.of(amount))}`;
  const value = Buffer.from(cbor, "hex").toString("base64");
  return { type: stakingEvents.type, attributes: [{ key: "transfer", value, index: false }] };
}

describe("clients", () => {
  beforeEach(() => vi.stubGlobal("XMLHttpRequest", TestXMLHttpRequest));
  afterEach(() => vi.unstubAllGlobals());

  test("the npm client reads a recorded chain", async () => {
    await using server = await startTestServer(handlers);
    const client = new oasis.client.NodeInternal(server.origin);
    expect(await client.consensusGetChainContext()).toBe(firstLight.chainContext);
    const status = await client.consensusGetStatus();
    expect(status.latest_height).toBe(111);
    const block = await client.consensusGetBlock(111n);
    expect(toHex(block.hash)).toBe("24f34c5b16665152915cf377bb5c99ea995013a16a6f9c1f3020d9314d349a4b");
    expect(await client.beaconGetEpoch(0n)).toBe(3);
    expect(await client.stakingTokenSymbol(0n)).toBe("TEST");
    const genesis = await client.consensusGetGenesisDocument();
    expect(await oasis.genesis.chainContext(genesis)).toBe(firstLight.chainContext);
    const nodes = await client.registryGetNodes(0n);
    expect(nodes).toHaveLength(4);
    const roots = await client.rootHashGetLatestBlock({ runtime_id: runtimeId, height: 0n });
    expect(roots.header.round).toBe(41);
    const owner = await oasis.staking.addressFromPublicKey(nodes[0]!.id);
    expect(await client.stakingAccount({ height: 0n, owner })).toBeDefined();
    expect(await client.consensusGetSignerNonce({ account_address: owner, height: 0n })).toBeDefined();
    await expect(client.registryGetEntity({ height: 0n, id: new Uint8Array(32) })).rejects.toMatchObject({
      oasisModule: "registry",
      oasisCode: 9,
    });
    await expect(client.beaconGetEpoch(500n)).rejects.toMatchObject({
      oasisModule: "consensus",
      oasisCode: 3,
    });
  });

  test("our client reads the whole genesis document and the state as one", async () => {
    await using server = await startTestServer(handlers);
    const client = new ApiClient({ kind: "unix", path: server.socket });
    const genesis = await client.call("Consensus", "GetGenesisDocument", null);
    expect(chainContext(genesis)).toBe(firstLight.chainContext);
    const document = await client.call("Consensus", "StateToGenesis", 0n);
    expect(document.height).toBe(111n);
    expect(document.registry.runtimes).toHaveLength(1);
    client.close();
  });
});
