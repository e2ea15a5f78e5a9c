import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServiceTable } from "../../src/api/method.ts";
import { services } from "../../src/api/method-table.ts";
import { hex, rawCall } from "../../src/api/testing/test-server.ts";
import { Call, encodeArgs } from "../../src/cli/key-value.ts";
import { concat, u32be } from "../../src/codec/bytes.ts";
import { bytes as byteString, encode, struct, text, u8, u64 } from "../../src/codec/schema.ts";
import { contexts, withChain } from "../../src/crypto/contexts.ts";
import { MemorySigner } from "../../src/crypto/memory-signer.ts";
import { ROUND_LATEST } from "../../src/types/api-runtime-client.ts";
import { SignedTransaction, Transaction } from "../../src/types/consensus.ts";
import { Random } from "../fuzz/random.ts";
import {
  type LocalnetProcess,
  newLocalnetDir,
  removeLocalnetDir,
  residentBytes,
  startLocalnet,
} from "../localnet-process.ts";
import { get, insert, transaction } from "./key-value-client.ts";

// Clients that send what they should not, against one running node. Each gets a clear error, and the node works on.

let dir: string;
let net: LocalnetProcess;
/** The public gRPC port. */
let grpc: string;

beforeAll(async () => {
  dir = newLocalnetDir();
  net = await startLocalnet(dir);
  grpc = `http://${net.ready.grpc}`;
}, 600_000);
afterAll(async () => {
  const { latest_height } = await net.client.call("Consensus", "GetStatus", null);
  // After everything in this file: the node is alive, makes blocks and executes transactions.
  await insert(net, "last", "words");
  expect(await get(net, "last")).toBe("words");
  expect((await net.client.call("Consensus", "GetStatus", null)).latest_height).toBeGreaterThan(
    latest_height,
  );
  expect(await net.stop()).toBe(0);
  removeLocalnetDir(dir);
}, 600_000);

/** A gRPC message of its own. */
const framed = (message: Uint8Array) => Buffer.concat([Buffer.of(0), u32be(message.length), message]);

interface Answer {
  readonly status: number;
  readonly message: string;
}

async function answer(target: string, path: string, body: Uint8Array): Promise<Answer> {
  const { headers, trailers, isTrailersOnly } = await rawCall(target, { path, body });
  const end = isTrailersOnly ? headers : trailers;
  return {
    status: Number(end["grpc-status"]),
    message: decodeURIComponent(String(end["grpc-message"] ?? "")),
  };
}

describe("requests", () => {
  test.each<[string, string, Uint8Array, Answer]>([
    [
      "an unknown service",
      "/oasis-core.Weather/GetForecast",
      framed(hex("f6")),
      { status: 12, message: "unknown service oasis-core.Weather" },
    ],
    [
      "an unknown method",
      "/oasis-core.Consensus/GetForecast",
      framed(hex("f6")),
      { status: 12, message: "unknown method GetForecast for service oasis-core.Consensus" },
    ],
    [
      "a path that is no method",
      "/",
      framed(hex("f6")),
      { status: 12, message: 'malformed method name: "/"' },
    ],
    [
      "a message that is no CBOR",
      "/oasis-core.Beacon/GetEpoch",
      framed(hex("ff00ff00")),
      { status: 13, message: expect.stringMatching(/^grpc: error unmarshalling request: /) },
    ],
    [
      "CBOR of another shape",
      "/oasis-core.Registry/GetEntity",
      framed(hex("83010203")),
      { status: 13, message: expect.stringMatching(/^grpc: error unmarshalling request: /) },
    ],
    [
      "a list that claims more items than there are bytes",
      "/oasis-core.RuntimeClient/SubmitTx",
      framed(hex("a2 6a 72756e74696d655f6964 9b 7fffffffffffffff 00")),
      { status: 13, message: expect.stringMatching(/^grpc: error unmarshalling request: /) },
    ],
    [
      "CBOR that is nested beyond measure",
      "/oasis-core.RuntimeClient/Query",
      framed(new Uint8Array(100_000).fill(0x81)),
      { status: 13, message: expect.stringMatching(/^grpc: error unmarshalling request: /) },
    ],
    [
      "a message that claims to be larger than any may be",
      "/oasis-core.Beacon/GetEpoch",
      concat(hex("00"), u32be(200_000_000), new Uint8Array(100)),
      { status: 8, message: expect.stringMatching(/larger than max \(200000000 vs\. 104857600\)/) },
    ],
    [
      "a message that ends too early",
      "/oasis-core.Beacon/GetEpoch",
      concat(hex("00"), u32be(100), hex("00")),
      { status: 2, message: "unexpected EOF" },
    ],
    [
      "compression that was not agreed on",
      "/oasis-core.Beacon/GetEpoch",
      concat(hex("01"), u32be(1), hex("00")),
      { status: 13, message: expect.stringMatching(/compress/) },
    ],
    [
      "a method that steers the node, from outside",
      "/oasis-core.NodeController/RequestShutdown",
      framed(hex("f4")),
      {
        status: 7,
        message: "oasis-core.NodeController/RequestShutdown is not served on this listener",
      },
    ],
  ])("%s", async (_name, path, body, expected) => {
    expect(await answer(grpc, path, body)).toEqual(expected);
    const web = await fetch(net.ready.http + path, {
      method: "POST",
      headers: { "content-type": "application/grpc-web+proto" },
      body: Buffer.from(body),
    });
    const ended = Buffer.from(await web.arrayBuffer()).toString("latin1") + [...web.headers].join();
    expect(ended).toMatch(new RegExp(`grpc-status[:,]${expected.status}`));
  });

  test("bytes that are no HTTP end the connection, and many silent connections nothing else", async () => {
    const { hostname, port } = new URL(net.ready.http);
    const socketTargets = [{ path: net.ready.socket }, { host: hostname, port: Number(port) }];
    for (const target of socketTargets) {
      expect(await closedAfter(target, Buffer.from("\x16\x03\x01\x02\x00 this is no HTTP\r\n\r\n"))).toBe(
        true,
      );
      expect(await closedAfter(target, Buffer.alloc(100_000, 0xff))).toBe(true);
    }
    const silent: Socket[] = [];
    for (let i = 0; i < 200; i++) silent.push(connect({ host: hostname, port: Number(port) }));
    expect(await net.client.call("NodeController", "IsSynced", null)).toBe(true);
    for (const socket of silent) socket.destroy();
  });
});

test("random messages to every method are answered, and memory stays bounded", {
  timeout: 600_000,
}, async () => {
  const seed = Number(process.env.QANAT_SEED ?? Date.now() % 2 ** 32);
  console.log(`bad client test: QANAT_SEED=${seed}`);
  const random = new Random(seed);
  const paths = Object.entries(services as Record<string, ServiceTable>).flatMap(([service, table]) =>
    // Only the control listener of a sentry serves it.
    (service === "Sentry" ? [] : Object.entries(table))
      // Waiting for an epoch or for readiness is what these are for.
      .filter(([name, { kind }]) => kind === "unary" && !name.startsWith("Wait"))
      .map(([name]) => `/oasis-core.${service}/${name}`),
  );
  const before = residentBytes(net.pid);
  const statuses = new Map<number, number>();
  const session = connectHttp2(grpc);
  for (let i = 0; i < 40; i++) {
    const answers = await Promise.all(
      paths.map((path) => callOn(session, path, framed(randomMessage(random)))),
    );
    for (const status of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  session.close();
  // OK, invalid request of the service (2 with its pair), permission denied, internal (decoding): nothing else.
  for (const status of statuses.keys()) expect([0, 2, 7, 13], `seed ${seed}`).toContain(status);
  expect(statuses.get(13)).toBeGreaterThan(paths.length);
  expect(residentBytes(net.pid) - before).toBeLessThan(200 * 2 ** 20);
});

describe("consensus transactions", () => {
  const signer = MemorySigner.generate();
  const signed = (chainContext: string, tx: Partial<Transaction>, blob?: Uint8Array) => {
    const raw =
      blob ??
      encode(Transaction, {
        nonce: 0n,
        fee: { amount: 0n, gas: 1000n },
        method: "staking.Transfer",
        body: null,
        ...tx,
      });
    const context = withChain(contexts.consensusTransaction, chainContext);
    return {
      untrusted_raw_value: raw,
      signature: { public_key: signer.publicKey, signature: signer.sign(context, raw) },
    };
  };
  const here = () => net.ready.chain_context;

  test.each<[string, () => SignedTransaction, object]>([
    [
      "signed for another network",
      () => signed("ab".repeat(32), {}),
      { message: expect.stringContaining("signature verification failed") },
    ],
    [
      "without a signature",
      () => ({
        ...signed(here(), {}),
        signature: { public_key: signer.publicKey, signature: new Uint8Array(64) },
      }),
      { message: expect.stringContaining("signature verification failed") },
    ],
    [
      "that is no transaction",
      () => signed(here(), {}, hex("ff00ff")),
      { message: expect.stringMatching(/\S/) },
    ],
    [
      "with a method that nobody has",
      () => signed(here(), { method: "weather.Change" }),
      { message: expect.stringMatching(/\S/) },
    ],
    [
      "with a body of another shape",
      () => signed(here(), { body: hex("83010203") }),
      { module: "staking", message: expect.stringContaining("invalid argument") },
    ],
    [
      "with a nonce out of turn",
      () => signed(here(), { nonce: 5n }),
      { module: "consensus/transaction", wireCode: 1 },
    ],
    [
      "larger than the network allows",
      () =>
        signed(here(), {
          body: encode(Transaction, { nonce: 0n, fee: null, method: "x".repeat(200_000), body: null }),
        }),
      { message: expect.stringMatching(/too large|oversized/) },
    ],
  ])("%s", async (_name, make, error) => {
    await expect(net.client.call("Consensus", "SubmitTx", make())).rejects.toMatchObject(error);
    expect(await net.client.call("Consensus", "GetUnconfirmedTransactions", null)).toEqual(
      expect.not.arrayContaining([encode(SignedTransaction, make())]),
    );
  });
});

describe("ParaTime transactions and queries", () => {
  const submit = (data: Uint8Array) =>
    net.client.call("RuntimeClient", "SubmitTxMeta", { runtime_id: net.runtimeId, data });
  const ask = (method: string, args: Uint8Array, round = ROUND_LATEST) =>
    net.client.call("RuntimeClient", "Query", {
      runtime_id: net.runtimeId,
      component: null,
      round,
      method,
      args,
    });

  test("garbage is refused by the ParaTime", async () => {
    const { check_tx_error } = await submit(hex("ff00ff"));
    expect(check_tx_error).toEqual({ module: "test", code: 1, message: "malformed transaction" });
  });

  test("an empty one too", async () => {
    const { check_tx_error } = await submit(new Uint8Array(0));
    expect(check_tx_error).toMatchObject({ module: "test", message: "malformed transaction" });
  });

  test("one larger than a message to the ParaTime may be", async () => {
    await expect(submit(new Uint8Array(40 * 2 ** 20))).rejects.toThrow(
      "transaction of 41943040 bytes is too large: at most 16777216 bytes are taken",
    );
    expect(await get(net, "nothing")).toBeNull();
  });

  test("many large ones at once, more than any message holds, are answered each", {
    timeout: 600_000,
  }, async () => {
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, index) => submit(paddedInsert(`large ${index}`, 2 * 2 ** 20))),
    );
    const refusal = { module: "test", code: 1, message: "malformed call arguments" };
    expect(answers.map(({ check_tx_error }) => check_tx_error)).toEqual(answers.map(() => refusal));
  });

  test.each([
    [
      "a sender's name",
      { sender: new Uint8Array(100_000).fill(1), key: "key" },
      /^Key too long: 100001 bytes/,
    ],
    ["a key", { sender: new Uint8Array(1), key: "k".repeat(100_000) }, /^Key too big to be inserted\.$/],
  ])("%s longer than the state takes", async (_name, { sender, key }, message) => {
    const args = encodeArgs("insert", [key, "value"]);
    const { check_tx_error } = await submit(encode(Call, { sender, nonce: 0n, method: "insert", args }));
    expect(check_tx_error).toMatchObject({
      module: "test",
      code: 1,
      message: expect.stringMatching(message),
    });
    await expect(ask("get", encodeArgs("get", ["k".repeat(100_000)]))).rejects.toMatchObject({
      module: "test",
    });
    expect(await get(net, "nothing")).toBeNull();
  });

  test("one that was submitted before", async () => {
    const data = transaction("insert", ["twice", "once"]);
    await submit(data);
    await expect(submit(data)).rejects.toThrow("duplicate transaction");
  });

  test("a query of a method that is not there, of other arguments, of a round that is not there", async () => {
    await expect(ask("forecast", hex("f6"))).rejects.toMatchObject({ module: "test", wireCode: 1 });
    await expect(ask("get", hex("83010203"))).rejects.toMatchObject({ module: "test", wireCode: 1 });
    await expect(ask("get", hex("ff"))).rejects.toThrow(/\S/);
    await expect(ask("get", hex("f6"), 1_000_000n)).rejects.toMatchObject({ module: "roothash" });
  });

  test("a ParaTime that the node does not host", async () => {
    const runtime_id = new Uint8Array(32).fill(0x80, 0, 1).fill(9, 31);
    const data = transaction("get_runtime_id", []);
    await expect(
      net.client.call("RuntimeClient", "SubmitTxMeta", { runtime_id, data }),
    ).rejects.toMatchObject({ module: "runtime/client", wireCode: 6 });
  });
});

/** An insert of a key under its own name, made large by a member that the ParaTime does not know. */
function paddedInsert(key: string, bytes: number): Uint8Array {
  const Padded = struct("Padded", { key: text, value: text, generation: u64, churp_id: u8, pad: byteString });
  const args = encode(Padded, { key, value: key, generation: 0n, churp_id: 0, pad: new Uint8Array(bytes) });
  return encode(Call, { sender: Buffer.from(key), nonce: 0n, method: "insert", args });
}

/** Whether the other side closes the connection once it has got these bytes. */
function closedAfter(
  target: { path: string } | { host: string; port: number },
  bytes: Uint8Array,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(target as never, () => socket.write(bytes));
    socket.resume();
    socket.on("error", () => {});
    socket.once("close", () => resolve(true));
  });
}

/** Random bytes, or random CBOR that often fits. */
function randomMessage(random: Random): Uint8Array {
  if (random.chance(0.3)) return random.bytes(random.int(60));
  if (random.chance(0.3)) return hex("f6");
  if (random.chance(0.3)) return Uint8Array.of(0x1b, ...random.bytes(8));
  const keys = [
    "height",
    "id",
    "runtime_id",
    "round",
    "owner",
    "address",
    "method",
    "data",
    "args",
    "tree",
    "key",
  ];
  const chosen = random.some(keys, 0.3);
  return Buffer.concat([
    Buffer.of(0xa0 + chosen.length),
    ...chosen.flatMap((name) => [
      Buffer.of(0x60 + name.length),
      Buffer.from(name),
      random.pick([
        hex("00"),
        hex("f6"),
        hex("40"),
        Buffer.concat([hex("5820"), random.bytes(32)]),
        hex("80"),
        hex("a0"),
      ]),
    ]),
  ]);
}

/** One call on a connection that is open; the status it ends with. */
function callOn(session: ReturnType<typeof connectHttp2>, path: string, body: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc+cbor",
      te: "trailers",
      "grpc-timeout": "20S",
    });
    let status: string | string[] | undefined;
    const read = (headers: Record<string, unknown>) => {
      status ??= headers["grpc-status"] as string | undefined;
    };
    stream.on("response", read);
    stream.on("trailers", read);
    stream.on("error", reject);
    stream.on("close", () => resolve(Number(status)));
    stream.resume();
    stream.end(body);
  });
}
