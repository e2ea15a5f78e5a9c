import { expect, test, vi } from "vitest";
import { consensusErrors } from "../types/errors.ts";
import { ApiClient, CallError } from "./client.ts";
import type { Handlers, Sink } from "./handlers.ts";
import { PATIENT, startTestServer, type TestServer } from "./testing/test-server.ts";

let sink: Sink<bigint> | null = null;
let disposed = 0;

const handlers = {
  Beacon: {
    GetEpoch: (height: bigint) => height + 1n,
    WatchEpochs: (_: null, given: Sink<bigint>) => {
      sink = given;
      for (let epoch = 0n; epoch < 3n; epoch++) given.push(epoch);
      return () => {
        disposed++;
      };
    },
  },
  Consensus: {
    GetBlock: () => {
      throw consensusErrors.versionNotFound().with("height 5");
    },
    StateToGenesis: () => {
      throw new TypeError("a mistake of the program");
    },
  },
} as unknown as Handlers;

function clientOf(server: TestServer): ApiClient {
  return new ApiClient({ kind: "unix", path: server.socket });
}

test("unary calls, void calls and errors", async () => {
  await using server = await startTestServer(handlers);
  const client = clientOf(server);
  expect(await client.call("Beacon", "GetEpoch", 41n)).toBe(42n);
  expect(await client.call("NodeController", "RequestShutdown", false)).toBe(undefined);
  expect((await client.call("NodeController", "GetStatus", null)).mode).toBe("client");
  const error = await client.call("Consensus", "GetBlock", 5n).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    module: "consensus",
    wireCode: 3,
    message: "consensus: version not found: height 5",
  });
  await expect(client.call("Consensus", "StateToGenesis", 0n)).rejects.toThrow("a mistake of the program");
  client.close();
});

test("the TCP side of the same server", async () => {
  await using server = await startTestServer(handlers);
  const client = new ApiClient({ kind: "tcp", host: "127.0.0.1", port: Number(new URL(server.origin).port) });
  expect(await client.call("Beacon", "GetEpoch", 41n)).toBe(42n);
  client.close();
});

test("nobody listens", async () => {
  const client = new ApiClient({ kind: "unix", path: "/nonexistent/internal.sock" });
  const error = await client.call("Beacon", "GetEpoch", 0n).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CallError);
  expect(error).toMatchObject({ status: 14 });
  client.close();
});

test("cancelling a call reaches the handler", async () => {
  await using server = await startTestServer(handlers);
  const client = clientOf(server);
  const abort = new AbortController();
  const call = client.call("NodeController", "WaitSync", null, { signal: abort.signal });
  await vi.waitFor(() => expect(server.node.calls).toEqual([["waitSync"]]), PATIENT);
  abort.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
  await vi.waitFor(() => expect(server.node.calls).toEqual([["waitSync"], ["waitSync cancelled"]]), PATIENT);
  client.close();
});

test("a stream ends its subscription when the loop is left", async () => {
  await using server = await startTestServer(handlers);
  const client = clientOf(server);
  disposed = 0;
  const epochs: bigint[] = [];
  for await (const epoch of client.watch("Beacon", "WatchEpochs", null)) {
    epochs.push(epoch);
    if (epochs.length === 3) sink!.push(3n);
    if (epochs.length === 4) break;
  }
  expect(epochs).toEqual([0n, 1n, 2n, 3n]);
  await vi.waitFor(() => expect(disposed).toBe(1), PATIENT);
  client.close();
});

test("stopping the server ends streams and leaves nothing", async () => {
  const server = await startTestServer(handlers);
  const client = clientOf(server);
  disposed = 0;
  const ended = (async () => {
    for await (const epoch of client.watch("Beacon", "WatchEpochs", null))
      if (epoch === 2n) void server.server.stop(0);
  })();
  await expect(ended).rejects.toBeInstanceOf(Error);
  await vi.waitFor(() => expect(disposed).toBe(1), PATIENT);
  client.close();
  await server[Symbol.asyncDispose]();
});
