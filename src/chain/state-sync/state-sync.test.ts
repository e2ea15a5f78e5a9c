import { setImmediate as turn } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { testGenesis } from "../../../test/chain/engine-fixture.ts";
import { chainProvider, LIGHT_CHAIN_ID, lightChain, timeAt } from "../../../test/chain/light-chain.ts";
import {
  checkpointKey,
  type TestCheckpoint,
  testCheckpoint,
  wholeSlices,
} from "../../../test/chain/test-checkpoint.ts";
import { FakeClock } from "../../../test/fake-clock.ts";
import { fromHex, toHex, utf8 } from "../../codec/bytes.ts";
import { encode as encodeCbor } from "../../codec/schema.ts";
import { hashOf } from "../../crypto/hash.ts";
import type { PeerFault } from "../../p2p/comet/errors.ts";
import type { NodeId } from "../../p2p/comet/node-id.ts";
import type { Peer } from "../../p2p/comet/peer.ts";
import type { Environment } from "../../storage/environment/environment.ts";
import { memoryEnvironment } from "../../storage/environment/memory-environment.ts";
import { MkvsTree } from "../../storage/mkvs/mkvs-tree.ts";
import { openNodeDb } from "../../storage/node-db/table-node-db.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { Metadata, ROOT_STATE } from "../../types/storage.ts";
import { ChainStore } from "../chain-store.ts";
import { consensusParamsHash } from "../consensus-params.ts";
import { headerHash } from "../header.ts";
import { LightClient } from "../light/light-client.ts";
import { TrustedStore } from "../light/trusted-store.ts";
import { LIGHT_VERIFY_DEFAULTS } from "../light/verify-light-block.ts";
import type { LightBlock } from "../light-block.ts";
import { NANOS_PER_MILLISECOND } from "../time.ts";
import { encode } from "../wire.ts";
import { snapshotOf } from "./snapshot.ts";
import type { CheckpointSource } from "./snapshot-server.ts";
import { type RestoreTarget, StateSync } from "./state-sync.ts";
import { CHUNK_CHANNEL, readMessage, SNAPSHOT_CHANNEL, StateSyncMessage } from "./state-sync-message.ts";

const HEIGHT = 20n;
const namespace = new Uint8Array(32);
const logger = silentLogging.logger("state-sync");
const genesis = { ...testGenesis(4), chain_id: LIGHT_CHAIN_ID };
const never = new AbortController().signal;

let made: TestCheckpoint;
let chain: LightBlock[];
beforeAll(async () => {
  made = await testCheckpoint(HEIGHT, 1000);
  chain = chainWith(made.checkpoint.root.hash);
});

/** A chain whose state after block 20 has that root. */
function chainWith(root: Uint8Array): LightBlock[] {
  return lightChain({
    length: 30,
    validators: () => [1, 2, 3, 4],
    header: (height) => ({
      consensus_hash: consensusParamsHash(genesis.consensus_params),
      app_hash: height === Number(HEIGHT) + 1 ? root : new Uint8Array(32).fill(3),
    }),
  });
}

interface World {
  readonly clock: FakeClock;
  readonly ours: StateSync;
  readonly target: RestoreTarget;
  readonly environment: Environment;
  readonly faults: { readonly peer: string; readonly fault: PeerFault }[];
  /** Chunks that the peers have sent. */
  readonly sent: { readonly peer: string; readonly index: number }[];
  /** Connects with a peer that serves a source; `tamper` stands between it and us. */
  serve(name: string, source: CheckpointSource, tamper?: Tamper): () => void;
  restored: number;
}

/** What becomes of a peer's message; null: it is lost. */
type Tamper = (message: StateSyncMessage) => StateSyncMessage | null;

function world(environment = memoryEnvironment(), blocks = chain): World {
  const clock = new FakeClock(Number(timeAt(30) / NANOS_PER_MILLISECOND));
  const nothing: CheckpointSource = { list: () => [], readChunk: () => Promise.reject(new Error("none")) };
  const ours = new StateSync({ source: nothing, clock, logger, sliceClock: wholeSlices });
  const light = new LightClient(
    {
      verify: { ...LIGHT_VERIFY_DEFAULTS, chainId: LIGHT_CHAIN_ID },
      anchor: { kind: "block", root: { height: 1n, hash: headerHash(blocks[0]!.header) } },
    },
    {
      providers: [chainProvider("a", blocks), chainProvider("b", blocks)],
      store: new TrustedStore(environment),
      clock,
      logger,
    },
  );
  const faults: World["faults"] = [];
  const sent: World["sent"] = [];
  const [snapshots] = ours.channels;
  const made: World = {
    ...{ clock, ours, environment, faults, sent, restored: 0 },
    target: {
      ...{ genesis, environment, light, store: new ChainStore(environment) },
      db: openNodeDb(environment, namespace, {}),
      onRestored: () => {
        made.restored++;
      },
    },
    serve(name, source, tamper = (message) => message) {
      const server = new StateSync({ source, clock, logger, sliceClock: wholeSlices });
      let isUp = true;
      const gone = (fault: PeerFault) => {
        if (!isUp) return;
        isUp = false;
        faults.push({ peer: name, fault });
        snapshots!.onPeerGone!(theirs, fault);
      };
      const deliver = (to: StateSync, from: Peer, channel: number, bytes: Uint8Array) =>
        setImmediate(() => {
          if (!isUp) return;
          try {
            to.channels.find(({ id }) => id === channel)!.onMessage(from, bytes);
          } catch (error) {
            gone(error as PeerFault);
          }
        });
      const us = peerLike("us", (channel, bytes) => {
        const message = tamper(readMessage(bytes));
        if (message === null) return;
        if (message.type === "chunk_response") sent.push({ peer: name, index: message.value.index });
        deliver(ours, theirs, channel, encode(StateSyncMessage, message));
      });
      const theirs = peerLike(name, (channel, bytes) => deliver(server, us, channel, bytes), gone);
      snapshots!.onPeer!(theirs);
      return () => gone({ kind: "closed" } as PeerFault);
    },
  };
  return made;
}

function peerLike(
  id: string,
  take: (channel: number, bytes: Uint8Array) => void,
  stop: (fault: PeerFault) => void = () => {},
): Peer {
  const trySend = (channel: number, bytes: Uint8Array) => {
    take(channel, bytes);
    return true;
  };
  return { id: id as NodeId, trySend, send: async (c: number, b: Uint8Array) => trySend(c, b), stop } as Peer;
}

/** Runs until the end, with time passing. */
async function finish(
  { clock, ours, target }: World,
  signal: AbortSignal = never,
  each: () => void = () => {},
) {
  let isDone = false;
  const running = ours.run(target, signal).finally(() => {
    isDone = true;
  });
  running.catch(() => {});
  while (!isDone) {
    await turn();
    each();
    clock.advance(100);
  }
  return await running;
}

function expectRestored({ target }: World): void {
  const root = target.db.rootsForVersion(HEIGHT)[0]!;
  expect(toHex(root.hash)).toBe(toHex(made.checkpoint.root.hash));
  const tree = MkvsTree.open(target.db, root);
  for (const i of [0, 499, 999]) expect(toHex(tree.get(checkpointKey(i))!)).toBe(toHex(utf8(`value ${i}`)));
}

describe("a new node", () => {
  test("restores the checkpoint of a peer, and the chain goes on from there", async () => {
    const here = world();
    here.serve("honest", made.source);
    const state = await finish(here);
    expectRestored(here);
    expect(here.restored).toBe(1);
    expect(state).toMatchObject({
      last_block_height: 20n,
      last_block_time: chain[19]!.header.time,
      last_height_validators_changed: 22n,
      last_height_consensus_params_changed: 0n,
      app_hash: made.checkpoint.root.hash,
      last_results_hash: chain[20]!.header.last_results_hash,
    });
    const store = new ChainStore(here.environment);
    expect(store.state()!.last_block_height).toBe(20n);
    expect(store.height).toBe(0n);
    expect(store.commit(20n)).toEqual(chain[19]!.commit);
    for (const height of [20n, 21n, 22n]) {
      expect(store.validators(height)).toEqual(chain[Number(height) - 1]!.validators);
    }
    expect(store.validators(19n)).toBeNull();
    expect(here.ours.progress).toBeNull();
  });

  test("fetches from several peers at once, and does without one that goes", async () => {
    const here = world();
    const leave = here.serve("first", made.source);
    here.serve("second", made.source);
    await finish(here, never, () => {
      if (here.sent.length > 4) leave();
    });
    expectRestored(here);
    expect(new Set(here.sent.map(({ peer }) => peer)).size).toBe(2);
  });

  test("tells how far it is", async () => {
    const here = world();
    here.serve("honest", made.source);
    const seen: number[] = [];
    await finish(here, never, () => {
      const { progress } = here.ours;
      if (progress !== null) seen.push(progress.chunksDone);
      if (progress !== null && progress.chunksDone > 0) expect(progress.secondsLeft).not.toBeNull();
    });
    expect(seen.length).toBeGreaterThan(3);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test("takes the newest that can be vouched for", async () => {
    const here = world();
    const newer = await testCheckpoint(29n, 10);
    here.serve("newer", newer.source);
    here.serve("honest", made.source);
    await finish(here);
    expectRestored(here);
  });

  test("goes on after a restart without fetching again what it has", async () => {
    const environment = memoryEnvironment();
    const first = world(environment);
    first.serve("honest", made.source);
    const controller = new AbortController();
    const running = finish(first, controller.signal, () => {
      if ((first.ours.progress?.chunksDone ?? 0) >= 5) controller.abort(new Error("stopping"));
    });
    await expect(running).rejects.toThrow("stopping");
    expect(new ChainStore(environment).state()).toBeNull();
    const second = world(environment);
    second.serve("honest", made.source);
    await finish(second);
    expectRestored(second);
    const again = second.sent.filter(({ index }) => index < 5);
    expect(again).toEqual([]);
    expect(second.sent.length).toBeLessThan(made.checkpoint.chunks!.length);
  });
});

describe("a state that is there without a chain", () => {
  /** Puts a state of some entries there, as if only the chain's own part had been lost. */
  function stateOf(entries: number) {
    const here = world();
    const tree = MkvsTree.empty(ROOT_STATE, here.target.db);
    for (let i = 0; i < entries; i++) tree.insert(checkpointKey(i), utf8(`value ${i}`));
    here.target.db.finalize([tree.commit(namespace, HEIGHT).root]);
    return here;
  }

  test("is taken up without peers", async () => {
    const here = stateOf(1000);
    expect((await finish(here)).last_block_height).toBe(HEIGHT);
    expect(here.restored).toBe(1);
  });

  test("is refused when it is not the chain's", async () => {
    await expect(finish(stateOf(10))).rejects.toMatchObject({ kind: "corrupt" });
  });
});

describe("peers that lie", () => {
  const wrong: Tamper = (message) =>
    message.type === "chunk_response"
      ? { ...message, value: { ...message.value, chunk: Uint8Array.of(1, 2, 3) } }
      : message;

  test("a wrong chunk: the peer is banned and the chunk fetched elsewhere", async () => {
    const here = world();
    here.serve("liar", made.source, wrong);
    here.serve("honest", made.source);
    await finish(here);
    expectRestored(here);
    expect(here.faults).toMatchObject([{ peer: "liar", fault: { kind: "misbehaviour", banMs: 60_000 } }]);
  });

  test("a state that is not the chain's is not fetched", async () => {
    const here = world();
    const other = await testCheckpoint(HEIGHT, 500);
    here.serve("liar", other.source);
    here.serve("honest", made.source);
    await finish(here);
    expectRestored(here);
    expect(here.sent.some(({ peer }) => peer === "liar")).toBe(false);
  });

  test("chunks of another tree under the right root: the snapshot is dropped and another taken", async () => {
    const here = world();
    const other = await testCheckpoint(HEIGHT, 500);
    const checkpoint = { ...other.checkpoint, root: made.checkpoint.root };
    here.serve("liar", { ...other.source, list: () => [checkpoint] });
    here.serve("liar too", { ...other.source, list: () => [checkpoint] });
    here.serve("honest", made.source);
    await finish(here);
    expectRestored(here);
  });

  test.each<[string, Tamper]>([
    ["does not answer", (m) => (m.type === "chunk_response" ? null : m)],
    [
      "has no chunks",
      (m) =>
        m.type === "chunk_response"
          ? { ...m, value: { ...m.value, chunk: new Uint8Array(0), missing: true } }
          : m,
    ],
  ])("one that %s is done without", async (_, tamper) => {
    const here = world();
    here.serve("idle", made.source, tamper);
    here.serve("honest", made.source);
    await finish(here);
    expectRestored(here);
  });

  test("a snapshot of which no chunk comes is given up for another", async () => {
    const here = world();
    const cut = await testCheckpoint(HEIGHT, 1000);
    const newer = { ...cut.checkpoint, chunks: [...cut.checkpoint.chunks!, cut.checkpoint.chunks![0]!] };
    const silent: Tamper = (m) => (m.type === "chunk_response" ? null : m);
    here.serve("silent", { ...cut.source, list: () => [newer] }, silent);
    here.serve("silent too", { ...cut.source, list: () => [newer] }, silent);
    here.serve("honest", made.source);
    await finish(here);
    expectRestored(here);
  });

  test.each<[string, StateSyncMessage]>([
    ["height 0", { type: "chunk_request", value: { height: 0n, format: 1, index: 0 } }],
    [
      "no hash",
      {
        type: "snapshots_response",
        value: { height: 1n, format: 1, chunks: 1, hash: new Uint8Array(0), metadata: new Uint8Array(0) },
      },
    ],
    [
      "too many chunks",
      {
        type: "snapshots_response",
        value: {
          height: 1n,
          format: 1,
          chunks: 100_001,
          hash: new Uint8Array(32),
          metadata: new Uint8Array(0),
        },
      },
    ],
    [
      "missing with content",
      {
        type: "chunk_response",
        value: { height: 1n, format: 1, index: 0, chunk: Uint8Array.of(1), missing: true },
      },
    ],
    [
      "neither chunk nor missing",
      {
        type: "chunk_response",
        value: { height: 1n, format: 1, index: 0, chunk: new Uint8Array(0), missing: false },
      },
    ],
  ])("%s is malformed", (_, message) => {
    expect(() => readMessage(encode(StateSyncMessage, message))).toThrow(
      expect.objectContaining({ name: "PeerFault", kind: "malformed" }),
    );
  });

  test("an unknown message is malformed", () => {
    expect(() => readMessage(new Uint8Array(0))).toThrow(expect.objectContaining({ name: "PeerFault" }));
  });
});

test("a trust root that is not the chain's ends it with both hashes", async () => {
  const here = world(memoryEnvironment(), chain);
  const light = new LightClient(
    {
      verify: { ...LIGHT_VERIFY_DEFAULTS, chainId: LIGHT_CHAIN_ID },
      anchor: { kind: "block", root: { height: 1n, hash: new Uint8Array(32).fill(5) } },
    },
    {
      providers: [chainProvider("a", chain), chainProvider("b", chain)],
      store: new TrustedStore(here.environment),
      clock: here.clock,
      logger,
    },
  );
  here.serve("honest", made.source);
  await expect(finish({ ...here, target: { ...here.target, light } })).rejects.toMatchObject({
    kind: "root",
  });
});

test("messages have the bytes of the official code", () => {
  expect(toHex(encode(StateSyncMessage, { type: "snapshots_request", value: {} }))).toBe("0a00");
  const request = { type: "chunk_request", value: { height: 7n, format: 1, index: 2 } } as const;
  expect(toHex(encode(StateSyncMessage, request))).toBe("1a06080710011802");
  const missing = {
    type: "chunk_response",
    value: { height: 7n, format: 1, index: 2, chunk: new Uint8Array(0), missing: true },
  } as const;
  expect(toHex(encode(StateSyncMessage, missing))).toBe("220808071001180228 01".replace(" ", ""));
  expect(readMessage(fromHex("1a06080710011802"))).toEqual(request);
});

test("an offer has the hash of the checkpoint's description", () => {
  const offer = snapshotOf(made.checkpoint);
  expect(toHex(offer.hash)).toBe(toHex(hashOf(Metadata, made.checkpoint)));
  expect(toHex(offer.metadata)).toBe(toHex(encodeCbor(Metadata, made.checkpoint)));
  expect([SNAPSHOT_CHANNEL, CHUNK_CHANNEL]).toEqual([0x60, 0x61]);
});
