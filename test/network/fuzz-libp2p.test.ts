import type { Stream } from "@libp2p/interface";
import { expect, onTestFinished, test, vi } from "vitest";
import { checkedEvidence, decodeEvidence, encodeEvidence } from "../../src/chain/evidence/evidence.ts";
import { fetchLightBlock } from "../../src/chain/light/fetch-light-block.ts";
import { lightMethods, lightService } from "../../src/chain/light/light-protocol.ts";
import { lightProviders } from "../../src/chain/light/peer-provider.ts";
import { encodeLightBlock } from "../../src/chain/light-block.ts";
import { concat, utf8 } from "../../src/codec/bytes.ts";
import type { Hash, Namespace } from "../../src/codec/common-types.ts";
import { QanatError } from "../../src/codec/errors.ts";
import { encodeFrame, FrameReader } from "../../src/codec/frame.ts";
import { bytes as bytesCodec, type Codec, decode, encode } from "../../src/codec/schema.ts";
import { testSigner } from "../../src/crypto/memory-signer.ts";
import { systemPeerClock } from "../../src/p2p/comet/clock.ts";
import { systemRandom } from "../../src/p2p/comet/random.ts";
import { advertise, discover } from "../../src/p2p/libp2p/discovery/bootstrap-protocol.ts";
import { bootstrapService } from "../../src/p2p/libp2p/discovery/bootstrap-server.ts";
import { decodePeer } from "../../src/p2p/libp2p/discovery/peer-json.ts";
import { Registrations } from "../../src/p2p/libp2p/discovery/registrations.ts";
import { Throttle } from "../../src/p2p/libp2p/gossip/throttle.ts";
import { Topic } from "../../src/p2p/libp2p/gossip/topic.ts";
import { type PeerId, peerIdOf } from "../../src/p2p/libp2p/peer-id.ts";
import { RpcRequest, RpcResponse } from "../../src/p2p/libp2p/rpc/envelope.ts";
import { RpcClient } from "../../src/p2p/libp2p/rpc/rpc-client.ts";
import { BadRequest, type RpcMethod } from "../../src/p2p/libp2p/rpc/rpc-method.ts";
import { type RpcService, rpcServer } from "../../src/p2p/libp2p/rpc/rpc-server.ts";
import type { Logger } from "../../src/telemetry/logger.ts";
import { Parameters } from "../../src/types/api-consensus.ts";
import { consensusErrors } from "../../src/types/errors.ts";
import { ROOT_STATE, Root } from "../../src/types/storage.ts";
import { CommitteeMessage } from "../../src/workers/peers/committee-message.ts";
import {
  getCheckpointChunk,
  getCheckpoints,
  getDiff,
  storageSyncIds,
  storageSyncServices,
} from "../../src/workers/peers/storage-sync-protocols.ts";
import { getTxs, txSyncProtocolId, txSyncService } from "../../src/workers/peers/tx-sync-protocol.ts";
import { GossipNetwork } from "../chain/gossip-network.ts";
import { testCheckpoint } from "../chain/test-checkpoint.ts";
import { mutate } from "../fuzz/mutate.ts";
import { Random } from "../fuzz/random.ts";
import { usedBytes } from "../used-bytes.ts";
import { lightClientAttack } from "./message-samples.ts";
import { mutateBytes } from "./mutate-message.ts";

/** Mutations of each kind of message. `QANAT_PEER_FUZZ` makes a longer run, `QANAT_PEER_FUZZ_SEED` another one. */
const MUTATIONS = Number(process.env.QANAT_PEER_FUZZ ?? 2000);
const SEED = Number(process.env.QANAT_PEER_FUZZ_SEED ?? 1);
const MAX_GROWTH_BYTES = 48 * 1024 * 1024;

vi.setConfig({ testTimeout: 600_000 + MUTATIONS * 60 });

const context = "ab".repeat(32);
const runtimeId = new Uint8Array(32).fill(1) as Namespace;
const peer: PeerId = peerIdOf(testSigner("fuzz peer").publicKey);
const { signal } = new AbortController();

/** A method with an argument that an honest peer might send. */
interface Call {
  readonly service: RpcService;
  readonly method: RpcMethod<never, unknown>;
  readonly argument: unknown;
}

/** Everything that a node answers on the network of ParaTime nodes, and a call of each kind. */
async function calls(): Promise<Map<string, Call>> {
  const network = new GossipNetwork(4);
  network.start(0, 1, 2);
  network.clock.advance(10_000);
  const { engine } = network.nodes[0]!;
  const { checkpoint, source } = await testCheckpoint(3n, 200);
  const { root } = checkpoint;
  const at = (height: bigint) => {
    const light = engine.lightBlockAt(height === 0n ? engine.latestHeight - 1n : height);
    if (light === null) throw consensusErrors.versionNotFound();
    return { height: light.header.height, meta: encodeLightBlock(light) };
  };
  const light = lightService(context, {
    ...{
      lightBlock: at,
      validators: at,
      parameters: (height) => ({ ...Parameters.zero(), height: at(height).height }),
    },
    submitEvidence: ({ meta }) =>
      engine.receiveEvidence(checkedEvidence(decodeEvidence(meta ?? new Uint8Array()))),
  });
  const registrations = new Registrations({ clock: systemPeerClock, random: systemRandom });
  const bootstrap = bootstrapService(
    { allowPrivateIps: true },
    { registrations, host: { addressesOf: async () => ["/ip4/127.0.0.1/tcp/9200" as never] } },
  );
  const tx = utf8("a transaction");
  const txSync = txSyncService(txSyncProtocolId(context, runtimeId), (hash) => (hash[0] === 1 ? tx : null));
  const [diffs, , checkpoints] = storageSyncServices(
    storageSyncIds(context, runtimeId),
    {
      diff: (_, end) => [[end.hash, utf8("value")]],
      checkpoints: () => [checkpoint],
      chunk: (chunk) => source.readChunk(chunk),
    },
    true,
  );
  const chunk = { version: 1, root, index: 0n, digest: checkpoint.chunks![0]! };
  const all: [string, RpcService, RpcMethod<never, unknown>, unknown][] = [
    ["GetLightBlock", light, lightMethods.getLightBlock as never, 3n],
    ["GetValidators", light, lightMethods.getValidators as never, 3n],
    ["GetParameters", light, lightMethods.getParameters as never, 3n],
    [
      "SubmitEvidence",
      light,
      lightMethods.submitEvidence as never,
      { meta: encodeEvidence(lightClientAttack(engine, 3n)) },
    ],
    ["advertise", bootstrap, advertise as never, { namespace: "light" }],
    ["discover", bootstrap, discover as never, { namespace: "light", limit: 5n }],
    ["GetTxs", txSync, getTxs as never, { txs: [new Uint8Array(32).fill(1) as Hash] }],
    [
      "GetDiff",
      diffs!,
      getDiff as never,
      { start_root: Root.zero(), end_root: { ...root, root_type: ROOT_STATE } },
    ],
    ["GetCheckpoints", checkpoints!, getCheckpoints as never, { version: 1 }],
    ["GetCheckpointChunk", checkpoints!, getCheckpointChunk as never, chunk],
  ];
  return new Map(all.map(([name, service, method, argument]) => [name, { service, method, argument }]));
}

/** The far end of a stream that has sent those bytes and nothing more; keeps what it gets. */
function memoryStream(sent: Uint8Array, random: Random): { stream: Stream; got: Uint8Array[] } {
  const got: Uint8Array[] = [];
  const cut = random.int(sent.length + 1);
  const stream = {
    async *[Symbol.asyncIterator]() {
      if (cut > 0) yield sent.subarray(0, cut);
      yield sent.subarray(cut);
    },
    send: (bytes: Uint8Array) => got.push(bytes),
    close: async () => {},
    abort: () => {},
  };
  return { stream: stream as never, got };
}

/** Failures that are told to nobody, and whether they are ours. */
function listening(): { logger: Logger; ours: unknown[] } {
  const ours: unknown[] = [];
  const note = (data: { err?: unknown }) => {
    if (data.err !== undefined && !isProtocols(data.err)) ours.push(data.err);
  };
  const logger = { trace: note, debug: note, info: note, warn: note, error: note };
  return { logger: logger as never, ours };
}

/** What bad bytes may be answered with. */
function isProtocols(error: unknown): boolean {
  return error instanceof QanatError || error instanceof BadRequest;
}

/** An encoded message with something changed, in its value, its encoding, or around it. */
function mutated<T>(
  random: Random,
  codec: Codec<T>,
  value: T,
  wrap: (body: Uint8Array) => Uint8Array,
): Uint8Array {
  const level = random.int(4);
  if (level === 0) return wrap(encode(codec, mutate(random, codec, value)));
  if (level === 1) return wrap(mutateBytes(random, encode(codec, value)));
  if (level === 2) return encodeFrame(mutateBytes(random, wrap(encode(codec, value)).subarray(4)));
  return mutateBytes(random, wrap(encode(codec, value)));
}

class Outcomes {
  readonly #counts = new Map<string, Map<string, number>>();

  add(name: string, outcome: string): void {
    const counts = this.#counts.get(name) ?? new Map<string, number>();
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    this.#counts.set(name, counts);
  }

  print(title: string): void {
    const lines = [...this.#counts].map(
      ([name, counts]) => `${name}: ${JSON.stringify(Object.fromEntries(counts))}`,
    );
    console.log(`${title}, seed ${SEED}\n${lines.join("\n")}`);
  }
}

function withoutStacks(): void {
  const { stackTraceLimit } = Error;
  onTestFinished(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });
  Error.stackTraceLimit = 0;
}

test(`${MUTATIONS} mutations of every request are answered or end the stream`, async () => {
  withoutStacks();
  const random = new Random(SEED);
  const { logger, ours } = listening();
  const all = await calls();
  const outcomes = new Outcomes();
  const before = await usedBytes();
  for (const [name, { service, method, argument }] of all) {
    const served = rpcServer(service, { clock: systemPeerClock, logger, signal });
    const wrap = (body: Uint8Array) => encodeFrame(encode(RpcRequest, { method: method.name, body }));
    const ask = async (frame: Uint8Array) => {
      const { stream, got } = memoryStream(frame, random);
      await served.handle(stream, peer);
      const [answer] = new FrameReader(1 << 26).push(concat(...got));
      return decode(RpcResponse, answer!, "rpc");
    };
    const honest = () => ask(wrap(encode(method.request, argument as never)));
    if (name !== "SubmitEvidence") expect((await honest()).error, name).toBeNull();
    for (let i = 0; i < MUTATIONS; i++) {
      try {
        const { error } = await ask(mutated(random, method.request, argument as never, wrap));
        outcomes.add(name, error === null ? "answered" : "refused");
      } catch (error) {
        if (!isProtocols(error)) throw new Error(`${name}, seed ${SEED}, number ${i}`, { cause: error });
        outcomes.add(name, "stream ended");
      }
    }
    if (name !== "SubmitEvidence") expect((await honest()).error, name).toBeNull();
  }
  outcomes.print("requests of peers");
  expect(ours).toEqual([]);
  expect((await usedBytes()) - before).toBeLessThan(MAX_GROWTH_BYTES);
});

test(`${MUTATIONS} mutations of every answer are taken or the peer's failure`, async () => {
  withoutStacks();
  const random = new Random(SEED);
  const { logger, ours } = listening();
  const all = await calls();
  const outcomes = new Outcomes();
  const before = await usedBytes();
  for (const [name, { service, method, argument }] of all) {
    const served = rpcServer(service, { clock: systemPeerClock, logger, signal });
    const request = encode(RpcRequest, {
      method: method.name,
      body: encode(method.request, argument as never),
    });
    const { stream, got } = memoryStream(encodeFrame(request), random);
    await served.handle(stream, peer);
    const honest = decode(RpcResponse, concat(...got).subarray(4), "rpc");
    let frame = concat(...got);
    const host = {
      openStream: async () => memoryStream(frame, random).stream,
      block: async () => {},
      values: { tag: () => {} } as never,
    };
    const rpc = new RpcClient(service.protocol, { host, scores: null, clock: systemPeerClock, logger });
    const [provider] = lightProviders(1, { rpc, scores: { best: () => [peer] } });
    const wrap = (body: Uint8Array) => encodeFrame(encode(RpcResponse, { ok: body, error: null }));
    const value = honest.error === null ? decode(method.response, honest.ok) : null;
    for (let i = 0; i < MUTATIONS; i++) {
      frame =
        value === null
          ? mutateBytes(random, concat(...got))
          : mutated(random, method.response, value as never, wrap);
      try {
        if (name === "GetLightBlock") await fetchLightBlock(provider!, "test-chain", 3n, signal);
        else {
          const answer = await rpc.call([peer], method, argument as never, signal);
          if (name === "discover") (answer.value as { peers: Uint8Array[] | null }).peers?.map(decodePeer);
        }
        outcomes.add(name, "taken");
      } catch (error) {
        if (!isProtocols(error)) throw new Error(`${name}, seed ${SEED}, number ${i}`, { cause: error });
        outcomes.add(name, "failed");
      }
    }
  }
  outcomes.print("answers of peers");
  expect(ours).toEqual([]);
  expect((await usedBytes()) - before).toBeLessThan(MAX_GROWTH_BYTES);
});

test(`${MUTATIONS} mutations of every published message are passed on or refused`, async () => {
  withoutStacks();
  const random = new Random(SEED);
  const { logger, ours } = listening();
  const outcomes = new Outcomes();
  const topics: [string, Codec<never>, unknown][] = [
    ["tx", bytesCodec as never, utf8("a transaction")],
    ["committee", CommitteeMessage as never, CommitteeMessage.make({ epoch: 5n })],
  ];
  for (const [name, codec, message] of topics) {
    const handle = async (value: never) => {
      encode(codec, value);
    };
    const throttle = new Throttle(8);
    const topic = new Topic(
      name,
      { codec, handle },
      { clock: systemPeerClock, random: systemRandom, logger, throttle, signal },
    );
    const topicValidators = new Map<string, (from: unknown, message: unknown) => Promise<string>>();
    topic.join({ topicValidators, addEventListener: () => {}, subscribe: () => {} } as never);
    for (let i = 0; i < MUTATIONS; i++) {
      const data = mutated(random, codec, message as never, encodeFrame).subarray(4);
      const type = random.chance(0.95) ? "signed" : "unsigned";
      const outcome = await topicValidators.get(name)!(peer, { type, from: peer, topic: name, data });
      expect(["accept", "ignore", "reject"]).toContain(outcome);
      outcomes.add(name, outcome);
    }
  }
  outcomes.print("published messages");
  expect(ours).toEqual([]);
});
