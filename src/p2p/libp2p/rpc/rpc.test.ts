import { expect, test } from "vitest";
import { utf8 } from "../../../codec/bytes.ts";
import { encode } from "../../../codec/codec.ts";
import { i64, struct } from "../../../codec/schema.ts";
import { silentLogging } from "../../../telemetry/logger.ts";
import { consensusErrors, p2pRpcErrors } from "../../../types/errors.ts";
import { systemPeerClock } from "../../comet/clock.ts";
import { systemRandom } from "../../comet/random.ts";
import type { Host } from "../host/host.ts";
import { announced, startHost, testHost } from "../testing/test-host.ts";
import { readMessage } from "./message-stream.ts";
import { PeerScores } from "./peer-scores.ts";
import { RpcClient } from "./rpc-client.ts";
import { nothing, rpcMethod, serve } from "./rpc-method.ts";
import { MAX_REQUEST_BYTES, rpcServer } from "./rpc-server.ts";

const PROTOCOL = "/oasis/test/numbers/1.0.0";
const Pair = struct("Pair", { a: i64, b: i64 });
const add = rpcMethod("Add", Pair, i64);
const forget = rpcMethod("Forget", i64, nothing);
const refuse = rpcMethod("Refuse", i64, i64);
const missing = rpcMethod("Missing", i64, i64);

const deps = { clock: systemPeerClock, logger: silentLogging.logger("p2p") };

function numbers(signal: AbortSignal) {
  const methods = [
    serve(add, ({ a, b }) => a + b),
    serve(forget, () => null),
    serve(refuse, () => {
      throw consensusErrors.versionNotFound();
    }),
  ];
  return rpcServer({ protocol: PROTOCOL, methods }, { ...deps, signal });
}

async function connectedPair() {
  const stop = new AbortController();
  const stack = new AsyncDisposableStack();
  const server = testHost("rpc server");
  const client = testHost("rpc client");
  const { known } = stack.use(await startHost(server, [numbers(stop.signal)]));
  stack.use(await startHost(client));
  stack.defer(() => stop.abort());
  await client.connect(known, stop.signal);
  await announced(client, PROTOCOL);
  return { server, client, signal: stop.signal, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function clientOf(host: Host, scores: PeerScores | null = null) {
  return new RpcClient(PROTOCOL, { ...deps, host, scores });
}

test("calls are answered, with values, nothing, and the protocol's errors", async () => {
  await using pair = await connectedPair();
  const { client, server, signal } = pair;
  const scores = new PeerScores(PROTOCOL, { peers: client.peers, random: systemRandom });
  const rpc = clientOf(client, scores);
  expect(scores.best()).toEqual([server.id]);
  const sum = await rpc.call(scores.best(), add, { a: 2n, b: 40n }, signal);
  expect(sum.value).toBe(42n);
  sum.feedback.good();
  expect(client.values.valueOf(server.id)).toBe(20);
  expect((await rpc.call([server.id], forget, 1n, signal)).value).toBeNull();
  await expect(rpc.call([server.id], refuse, 1n, signal)).rejects.toMatchObject({
    module: "consensus",
    wireCode: 3,
    message: consensusErrors.versionNotFound.text,
  });
  await expect(rpc.call([server.id], missing, 1n, signal)).rejects.toSatisfy(
    p2pRpcErrors.methodNotSupported.matches,
  );
  await expect(rpc.call([], add, Pair.zero(), signal)).rejects.toMatchObject({ code: "p2p/no-peers" });
  scores.stop();
});

test("a body with more than the method takes is a bad request", async () => {
  await using pair = await connectedPair();
  const wide = rpcMethod("Add", struct("Wide", { a: i64, b: i64, c: i64 }), i64);
  await expect(
    clientOf(pair.client).call([pair.server.id], wide, { a: 1n, b: 1n, c: 1n }, pair.signal),
  ).rejects.toSatisfy(p2pRpcErrors.badRequest.matches);
});

test("several peers are asked at once, and no more once there is enough", async () => {
  await using pair = await connectedPair();
  const { client, server, signal } = pair;
  const rpc = clientOf(client);
  const nobody = testHost("nobody").id;
  const all = await rpc.callMulti([nobody, server.id, server.id], add, { a: 1n, b: 1n }, signal);
  expect(all.map(({ value }) => value)).toEqual([2n, 2n]);
  const first = await rpc.callMulti([server.id, server.id], add, { a: 1n, b: 1n }, signal, {
    parallel: 1,
    onAnswer: () => false,
  });
  expect(first).toHaveLength(1);
});

test("a liar is blocked and not asked again", async () => {
  await using pair = await connectedPair();
  const { client, server, signal } = pair;
  const scores = new PeerScores(PROTOCOL, { peers: client.peers, random: systemRandom });
  const gone = new Promise<void>((resolve) => {
    client.peers.changes.subscribe(({ protocols }) => {
      if (protocols.size === 0) resolve();
    });
  });
  const { feedback } = await clientOf(client, scores).call(scores.best(), add, Pair.zero(), signal);
  feedback.bad();
  await gone;
  expect(scores.best()).toEqual([]);
  await expect(client.connect({ id: server.id, addresses: server.addresses }, signal)).rejects.toThrow();
  scores.stop();
});

test("requests that are too long or no requests end the stream, and the next is answered", async () => {
  await using pair = await connectedPair();
  const { client, server, signal } = pair;
  const tooLong = new Uint8Array(4);
  new DataView(tooLong.buffer).setUint32(0, MAX_REQUEST_BYTES + 1);
  for (const junk of [
    tooLong,
    Uint8Array.of(0, 0, 0, 3, 1, 2, 3),
    encode(i64, 5n),
    utf8("GET / HTTP/1.1\r\n\r\n"),
  ]) {
    const stream = await client.openStream(server.id, PROTOCOL, signal);
    stream.send(junk);
    void stream.close({ signal }).catch(() => {});
    await expect(readMessage(stream, 100, signal)).rejects.toThrow();
  }
  expect((await clientOf(client).call([server.id], add, { a: 1n, b: 2n }, signal)).value).toBe(3n);
});
