import { connect } from "node:http2";
import { describe, expect, test, vi } from "vitest";
import { CodedError } from "../codec/errors.ts";
import { consensusErrors } from "../types/errors.ts";
import { Header } from "../types/roothash-block.ts";
import type { Handlers, Sink } from "./handlers.ts";
import { hex, PATIENT, type RawRequest, rawCall, startTestServer } from "./testing/test-server.ts";

type Beacon = NonNullable<Handlers["Beacon"]>;
type Consensus = NonNullable<Handlers["Consensus"]>;

/** Only what a test calls; the rest of the table is there and fails when called. */
function handlersOf<T extends object>(some: Partial<T>): T {
  return some as T;
}

const beacon = handlersOf<Beacon>({
  GetEpoch: (height) => height + 40_000n,
  GetFutureEpoch: () => null,
  WatchEpochs: (_, sink) => {
    sink.push(7n);
    sink.push(8n);
    sink.end();
    return () => {};
  },
});

const consensus = handlersOf<Consensus>({
  GetChainContext: () => "chain-ctx",
  SubmitTxNoWait: () => undefined,
  GetBlock: () => {
    throw consensusErrors.versionNotFound();
  },
  GetStatus: () => {
    throw new CodedError("mein/modul", 5, "über 100%\n");
  },
});

const handlers: Handlers = { Beacon: beacon, Consensus: consensus };

const EMPTY_FRAME = "0000000000";

describe("unary calls, byte for byte", () => {
  const cases = [
    {
      id: "text",
      path: "/oasis-core.Consensus/GetChainContext",
      body: EMPTY_FRAME,
      response: "000000000a 69636861696e2d637478",
    },
    {
      id: "number",
      path: "/oasis-core.Beacon/GetEpoch",
      body: "0000000003 193039",
      response: "0000000003 19cc79",
    },
    { id: "zero", path: "/oasis-core.Beacon/GetEpoch", body: "0000000001 00", response: "0000000003 199c40" },
    {
      id: "empty body is the zero value",
      path: "/oasis-core.Beacon/GetEpoch",
      body: EMPTY_FRAME,
      response: "0000000003 199c40",
    },
    {
      id: "null body is the zero value",
      path: "/oasis-core.Beacon/GetEpoch",
      body: "0000000001 f6",
      response: "0000000003 199c40",
    },
    {
      id: "null result",
      path: "/oasis-core.Beacon/GetFutureEpoch",
      body: "0000000001 00",
      response: "0000000001 f6",
    },
    {
      id: "void result has no bytes",
      path: "/oasis-core.Consensus/SubmitTxNoWait",
      body: "0000000001 a0",
      response: EMPTY_FRAME,
    },
    {
      id: "no request: garbage is not looked at",
      path: "/oasis-core.Consensus/GetChainContext",
      body: "0000000002 ffff",
      response: "000000000a 69636861696e2d637478",
    },
    {
      id: "bytes after the first message are ignored",
      path: "/oasis-core.Beacon/GetEpoch",
      body: "0000000001 00 0000000001 05",
      response: "0000000003 199c40",
    },
  ];
  test.each(cases)("$id", async ({ path, body, response }) => {
    await using server = await startTestServer(handlers);
    for (const target of [server.socket, server.origin]) {
      const got = await rawCall(target, { path, body: hex(body) });
      expect(got.headers[":status"]).toBe(200);
      expect(got.headers["content-type"]).toBe("application/grpc+cbor");
      expect(got.headers.date).toBeUndefined();
      expect(got.body).toEqual(hex(response));
      expect(Object.entries(got.trailers)).toEqual([
        ["grpc-status", "0"],
        ["grpc-message", ""],
      ]);
    }
  });

  test("the content type of the request comes back", async () => {
    await using server = await startTestServer(handlers);
    for (const contentType of [
      "application/grpc",
      "application/grpc+proto",
      "application/grpc;charset=utf-8",
    ]) {
      const got = await rawCall(server.socket, {
        path: "/oasis-core.Consensus/GetChainContext",
        body: hex(EMPTY_FRAME),
        headers: { "content-type": contentType },
      });
      expect(got.headers["content-type"]).toBe(contentType);
      expect(got.trailers["grpc-status"]).toBe("0");
    }
  });
});

describe("streams", () => {
  test("a stream without a request begins after an empty message", async () => {
    await using server = await startTestServer(handlers);
    const got = await rawCall(server.socket, {
      path: "/oasis-core.Beacon/WatchEpochs",
      body: hex(EMPTY_FRAME),
    });
    expect(got.body).toEqual(hex("0000000001 07 0000000001 08"));
    expect(got.trailers["grpc-status"]).toBe("0");
  });
});

describe("errors", () => {
  interface ErrorCase {
    id: string;
    request: RawRequest;
    status: string;
    message: string | RegExp;
    details?: string;
  }
  const cases: ErrorCase[] = [
    {
      id: "unknown service",
      request: { path: "/oasis-core.Nothing/GetBlock", body: hex(EMPTY_FRAME) },
      status: "12",
      message: "unknown service oasis-core.Nothing",
    },
    {
      id: "service of a node without it",
      request: { path: "/oasis-core.Staking/Account", body: hex(EMPTY_FRAME) },
      status: "12",
      message: "unknown service oasis-core.Staking",
    },
    {
      id: "unknown method",
      request: { path: "/oasis-core.Consensus/toString", body: hex(EMPTY_FRAME) },
      status: "12",
      message: "unknown method toString for service oasis-core.Consensus",
    },
    {
      id: "no method",
      request: { path: "/", body: hex(EMPTY_FRAME) },
      status: "12",
      message: 'malformed method name: "/"',
    },
    {
      id: "malformed request",
      request: { path: "/oasis-core.Beacon/GetEpoch", body: hex("0000000001 61") },
      status: "13",
      message: /^grpc: error unmarshalling request: /,
    },
    {
      id: "no message at all",
      request: { path: "/oasis-core.Consensus/GetChainContext" },
      status: "2",
      message: "EOF",
    },
    {
      id: "half a header",
      request: { path: "/oasis-core.Consensus/GetChainContext", body: hex("000000") },
      status: "2",
      message: "unexpected EOF",
    },
    {
      id: "half a message",
      request: { path: "/oasis-core.Beacon/GetEpoch", body: hex("0000000003 19") },
      status: "2",
      message: "unexpected EOF",
    },
    {
      id: "compressed message",
      request: { path: "/oasis-core.Beacon/GetEpoch", body: hex("0100000001 00") },
      status: "13",
      message: "grpc: compressed flag set with identity or empty encoding",
    },
    {
      id: "unknown flag",
      request: { path: "/oasis-core.Beacon/GetEpoch", body: hex("0700000001 00") },
      status: "13",
      message: "grpc: received unexpected payload format 7",
    },
    {
      id: "compression",
      request: {
        path: "/oasis-core.Beacon/GetEpoch",
        body: hex("0100000001 00"),
        headers: { "grpc-encoding": "gzip" },
      },
      status: "12",
      message: 'grpc: Decompressor is not installed for grpc-encoding "gzip"',
    },
    {
      id: "malformed deadline",
      request: {
        path: "/oasis-core.Beacon/GetEpoch",
        body: hex(EMPTY_FRAME),
        headers: { "grpc-timeout": "1 day" },
      },
      status: "13",
      message: 'malformed grpc-timeout: "1 day"',
    },
    {
      id: "stream without a request that gets one",
      request: { path: "/oasis-core.Beacon/WatchEpochs", body: hex("0000000001 f6") },
      status: "13",
      message: "grpc: failed to unmarshal the received message: cbor: Unmarshal(nil)",
    },
    {
      id: "stream without any message",
      request: { path: "/oasis-core.Beacon/WatchEpochs" },
      status: "13",
      message: "cardinality violation: received no request message from non-client-streaming RPC",
    },
    {
      id: "coded error",
      request: { path: "/oasis-core.Consensus/GetBlock", body: hex(EMPTY_FRAME) },
      status: "2",
      message: "consensus: version not found",
      details: "CAISHGNvbnNlbnN1czogdmVyc2lvbiBub3QgZm91bmQaGhIYomRjb2RlA2Ztb2R1bGVpY29uc2Vuc3Vz",
    },
    {
      id: "text beyond ASCII",
      request: { path: "/oasis-core.Consensus/GetStatus", body: hex(EMPTY_FRAME) },
      status: "2",
      message: "%C3%BCber 100%25%0A",
      details: "CAISC8O8YmVyIDEwMCUKGhsSGaJkY29kZQVmbW9kdWxlam1laW4vbW9kdWw",
    },
  ];
  test.each(cases)("$id", async ({ request, status, message, details }) => {
    await using server = await startTestServer(handlers);
    const got = await rawCall(server.socket, request);
    expect(got.isTrailersOnly).toBe(true);
    expect(got.headers[":status"]).toBe(200);
    expect(got.headers["grpc-status"]).toBe(status);
    if (typeof message === "string") expect(got.headers["grpc-message"]).toBe(message);
    else expect(got.headers["grpc-message"]).toMatch(message);
    expect(got.headers["grpc-status-details-bin"]).toBe(details);
  });

  test.each(["application/json", "application/grpc-web-text", "application/grpcx"])(
    "content type %s on a socket without gRPC-Web",
    async (contentType) => {
      await using server = await startTestServer(handlers);
      const got = await rawCall(server.socket, {
        path: "/oasis-core.Consensus/GetChainContext",
        body: hex(EMPTY_FRAME),
        headers: { "content-type": contentType },
      });
      expect(got.headers[":status"]).toBe(415);
      expect(got.headers["grpc-status"]).toBe("3");
      expect(got.headers["grpc-message"]).toBe(`invalid gRPC request content-type "${contentType}"`);
    },
  );

  test("other verbs than POST", async () => {
    await using server = await startTestServer(handlers);
    const got = await rawCall(server.socket, {
      path: "/oasis-core.Consensus/GetChainContext",
      headers: { ":method": "GET" },
    });
    expect(got.headers[":status"]).toBe(405);
    expect(got.headers["grpc-status"]).toBe("13");
  });

  test("control methods are served on the socket only", async () => {
    await using server = await startTestServer(handlers);
    const request = { path: "/oasis-core.NodeController/RequestShutdown", body: hex("0000000001 f5") };
    const refused = await rawCall(server.origin, request);
    expect(refused.headers["grpc-status"]).toBe("7");
    expect(server.node.calls).toEqual([]);
    const served = await rawCall(server.socket, request);
    expect(served.trailers["grpc-status"]).toBe("0");
    expect(served.body).toEqual(hex(EMPTY_FRAME));
    expect(server.node.calls).toEqual([["requestShutdown", true]]);
  });

  test("a deadline cancels the handler", async () => {
    await using server = await startTestServer(handlers);
    const got = await rawCall(server.socket, {
      path: "/oasis-core.NodeController/WaitSync",
      body: hex(EMPTY_FRAME),
      headers: { "grpc-timeout": "20m" },
    });
    expect(got.headers["grpc-status"]).toBe("4");
    expect(got.headers["grpc-message"]).toBe("context deadline exceeded");
    expect(server.node.calls).toEqual([["waitSync"], ["waitSync cancelled"]]);
  });
});

describe("slow clients", () => {
  test("a client that does not read loses its stream, and the node its messages", async () => {
    let sink: Sink<Uint8Array> | null = null;
    let disposed = 0;
    const events = handlersOf<NonNullable<Handlers["RuntimeClient"]>>({
      WatchBlocks: (_, given) => {
        sink = given as never;
        return () => {
          disposed++;
        };
      },
    });
    await using server = await startTestServer({ RuntimeClient: events });
    const session = connect(server.origin);
    const stream = session.request({
      ":method": "POST",
      ":path": "/oasis-core.RuntimeClient/WatchBlocks",
      "content-type": "application/grpc",
    });
    stream.end(Buffer.concat([hex("0000000022 5820"), Buffer.alloc(32)]));
    stream.on("error", () => {});
    await vi.waitFor(() => expect(sink).not.toBeNull(), PATIENT);
    const block = { consensus_height: 1n, block: { header: Header.zero() } };
    let pushed = 0;
    while (disposed === 0 && pushed < 100_000) {
      sink!.push(block as never);
      pushed++;
    }
    expect(disposed).toBe(1);
    expect(pushed).toBeLessThan(10_000);
    session.destroy();
  });
});

describe("limits", () => {
  const maxRequestBytes = 1024;

  test("a message over the limit is refused by its header, a message of the limit is not", async () => {
    await using server = await startTestServer(handlers, { maxRequestBytes });
    const path = "/oasis-core.Consensus/GetChainContext";
    const over = await rawCall(server.socket, { path, body: hex("00 00000401") });
    expect(over.headers["grpc-status"]).toBe("8");
    expect(over.headers["grpc-message"]).toBe("grpc: received message larger than max (1025 vs. 1024)");
    const atLimit = Buffer.concat([hex("00 00000400"), Buffer.alloc(1024)]);
    expect((await rawCall(server.socket, { path, body: atLimit })).trailers["grpc-status"]).toBe("0");
  });
});
