import * as oasis from "@oasisprotocol/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { consensusErrors } from "../types/errors.ts";
import type { Handlers, Sink } from "./handlers.ts";
import { hex, PATIENT, rawCall, startTestServer } from "./testing/test-server.ts";
import { TestXMLHttpRequest } from "./testing/test-xhr.ts";

let epochSinks: Sink<bigint>[] = [];
let disposed = 0;

const handlers = {
  Beacon: {
    GetEpoch: (height: bigint) => height + 40_000n,
    GetFutureEpoch: () => null,
    WatchEpochs: (_: null, sink: Sink<bigint>) => {
      epochSinks.push(sink);
      sink.push(7n);
      return () => {
        disposed++;
      };
    },
  },
  Consensus: {
    GetChainContext: () => "chain-ctx",
    SubmitTxNoWait: () => undefined,
    GetBlock: () => {
      throw consensusErrors.versionNotFound();
    },
  },
} as unknown as Handlers;

beforeEach(() => {
  epochSinks = [];
  disposed = 0;
  vi.stubGlobal("XMLHttpRequest", TestXMLHttpRequest);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the npm client over a real HTTP listener", () => {
  test("unary calls", async () => {
    await using server = await startTestServer(handlers);
    const client = new oasis.client.NodeInternal(server.origin);
    expect(await client.consensusGetChainContext()).toBe("chain-ctx");
    expect(await client.beaconGetEpoch(12_345n)).toBe(52_345);
    expect(await client.beaconGetEpoch(0n)).toBe(40_000);
    expect(await client.beaconGetFutureEpoch(0n)).toBe(null);
    expect(await client.nodeControllerIsSynced()).toBe(true);
    expect(await client.consensusSubmitTxNoWait({} as never)).toBe(undefined);
  });

  test("an error has its module and code", async () => {
    await using server = await startTestServer(handlers);
    const client = new oasis.client.NodeInternal(server.origin);
    const error = await client.consensusGetBlock(5n).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(oasis.client.OasisCodedError);
    expect(error).toMatchObject({
      oasisModule: "consensus",
      oasisCode: 3,
      message: expect.stringContaining("consensus: version not found"),
    });
  });

  test("a method that the server does not have", async () => {
    await using server = await startTestServer(handlers);
    const client = new oasis.client.NodeInternal(server.origin);
    await expect(client.debugControllerSetEpoch(1n)).rejects.toMatchObject({ cause: { code: 12 } });
  });

  test("a stream, and that leaving it ends the subscription", async () => {
    await using server = await startTestServer(handlers);
    const client = new oasis.client.NodeInternal(server.origin);
    const stream = client.beaconWatchEpochs();
    const epochs: unknown[] = [];
    await new Promise<void>((resolve) => {
      stream.on("data", (epoch) => {
        epochs.push(epoch);
        if (epochs.length === 1) epochSinks[0]!.push(8n);
        else resolve();
      });
    });
    expect(epochs).toEqual([7, 8]);
    stream.cancel();
    await vi.waitFor(() => expect(disposed).toBe(1), PATIENT);
  });
});

describe("bytes on the wire", () => {
  const path = "/oasis-core.Consensus/GetChainContext";
  const post = (
    origin: string,
    contentType: string,
    body: string | Buffer,
    headers: Record<string, string> = {},
  ) => fetch(origin + path, { method: "POST", headers: { "content-type": contentType, ...headers }, body });

  test("text form", async () => {
    await using server = await startTestServer(handlers);
    const response = await post(server.origin, "application/grpc-web-text", "AAAAAAA=");
    expect(response.headers.get("content-type")).toBe("application/grpc-web-text");
    expect(await response.text()).toBe(
      "AAAAAAppY2hhaW4tY3R4gAAAAB5ncnBjLXN0YXR1czowDQpncnBjLW1lc3NhZ2U6DQo=",
    );
  });

  test("binary form", async () => {
    await using server = await startTestServer(handlers);
    const response = await post(server.origin, "application/grpc-web+cbor", hex("0000000000"));
    expect(response.headers.get("content-type")).toBe("application/grpc-web+cbor");
    expect(Buffer.from(await response.arrayBuffer())).toEqual(
      Buffer.concat([
        hex("000000000a 69636861696e2d637478 80 0000001e"),
        Buffer.from("grpc-status:0\r\ngrpc-message:\r\n"),
      ]),
    );
  });

  test("binary over HTTP/2 on the same port", async () => {
    await using server = await startTestServer(handlers);
    const response = await rawCall(server.origin, {
      path,
      body: hex("0000000000"),
      headers: { "content-type": "application/grpc-web" },
    });
    expect(response.headers[":status"]).toBe(200);
    expect(response.body.toString("latin1")).toMatch(/chain-ctx\x80.*grpc-status:0/s);
  });

  test("base64 that comes as several padded parts", async () => {
    await using server = await startTestServer(handlers);
    const response = await fetch(`${server.origin}/oasis-core.Beacon/GetEpoch`, {
      method: "POST",
      headers: { "content-type": "application/grpc-web-text" },
      body: `${hex("0000000003").toString("base64")}${hex("193039").toString("base64")}`,
    });
    expect(Buffer.from((await response.text()).slice(0, 12), "base64")).toEqual(hex("0000000003 19cc79"));
  });

  test("an error comes as a trailer frame", async () => {
    await using server = await startTestServer(handlers);
    const response = await fetch(`${server.origin}/oasis-core.Consensus/GetBlock`, {
      method: "POST",
      headers: { "content-type": "application/grpc-web" },
      body: hex("0000000000"),
    });
    expect(response.status).toBe(200);
    expect(
      Buffer.from(await response.arrayBuffer())
        .subarray(5)
        .toString(),
    ).toBe(
      "grpc-status:2\r\ngrpc-message:consensus: version not found\r\n" +
        "grpc-status-details-bin:CAISHGNvbnNlbnN1czogdmVyc2lvbiBub3QgZm91bmQaGhIYomRjb2RlA2Ztb2R1bGVpY29uc2Vuc3Vz\r\n",
    );
  });

  test("a body that is not base64", async () => {
    await using server = await startTestServer(handlers);
    const response = await post(server.origin, "application/grpc-web-text", "&&&&");
    expect(Buffer.from(await response.text(), "base64").toString()).toContain("grpc-status:13");
  });
});

describe("plain HTTP", () => {
  test("health", async () => {
    await using server = await startTestServer(handlers);
    expect((await fetch(`${server.origin}/livez`)).status).toBe(200);
    expect((await fetch(`${server.origin}/readyz`)).status).toBe(200);
    server.node.ready = false;
    const response = await fetch(`${server.origin}/readyz?verbose=1`);
    expect(response.status).toBe(503);
    expect(await response.text()).toBe("runtime 80…00: waits for its binary\n");
    expect((await fetch(`${server.origin}/livez`, { method: "HEAD" })).status).toBe(200);
  });

  test.each([
    { method: "GET", path: "/", status: 404 },
    { method: "PUT", path: "/livez", status: 405 },
    { method: "POST", path: "/livez", status: 415 },
  ])("$method $path", async ({ method, path, status }) => {
    await using server = await startTestServer(handlers);
    expect((await fetch(server.origin + path, { method })).status).toBe(status);
  });

  test("origins that are not listed get no permission", async () => {
    const address = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
    const web = { origins: ["https://mine.example"] };
    await using server = await startTestServer(handlers, { listeners: [{ address, methods: ["*"], web }] });
    const preflight = (origin: string) =>
      fetch(`${server.origin}/x`, { method: "OPTIONS", headers: { origin } });
    expect((await preflight("https://mine.example")).headers.get("access-control-allow-origin")).toBe(
      "https://mine.example",
    );
    expect((await preflight("https://other.example")).headers.get("access-control-allow-origin")).toBe(null);
  });
});
