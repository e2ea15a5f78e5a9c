import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeClock } from "../../../test/fake-clock.ts";
import { CodedError } from "../../codec/errors.ts";
import { encodeFrame, FrameReader } from "../../codec/frame.ts";
import { type Codec, decode, struct, text } from "../../codec/schema.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { stakingErrors } from "../../types/errors.ts";
import { HostIdentityResponse, HostLocalStorageGetRequest } from "../../types/host-protocol-host-calls.ts";
import {
  decodeHostMessage,
  Empty,
  encodeHostMessage,
  type HostMessage,
  MESSAGE_REQUEST,
  MESSAGE_RESPONSE,
  ProtocolError,
} from "../../types/host-protocol-message.ts";
import { RuntimeQueryResponse } from "../../types/host-protocol-runtime-calls.ts";
import type { HostHandler } from "../host.ts";
import { MAX_OUTGOING_BYTES, ParaTimeConnection, READY_WAIT_MS } from "./connection.ts";

const options = { timeoutMs: 5000 };
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "qanat-connection-"));
  return () => rmSync(directory, { recursive: true });
});

/** The ParaTime's end, by hand. */
class Peer {
  readonly socket: Socket;
  readonly #frames = new FrameReader(1 << 26);
  readonly #messages: HostMessage[] = [];
  #wake: (() => void) | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      this.#messages.push(...this.#frames.push(chunk).map(decodeHostMessage));
      this.#wake?.();
    });
  }

  async next(): Promise<HostMessage> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#messages.shift()!;
  }

  async nextError(): Promise<ProtocolError> {
    const { name, body } = await this.next();
    expect(name).toBe("Error");
    return decode(ProtocolError, body);
  }

  request<T>(id: bigint, name: string, codec: Codec<T>, body: T): void {
    this.socket.write(encodeFrame(encodeHostMessage(id, MESSAGE_REQUEST, name, codec, body)));
  }

  reply<T>(id: bigint, name: string, codec: Codec<T>, body: T): void {
    this.socket.write(encodeFrame(encodeHostMessage(id, MESSAGE_RESPONSE, name, codec, body)));
  }
}

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function pair(handler: HostHandler = {}, ready = true) {
  const clock = new FakeClock();
  const path = join(directory, "s");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const peer = new Peer(connect(path));
  const connection = new ParaTimeConnection(
    { socket: await accepted, runtimeId: new Uint8Array(32), component: "ronl" },
    { handler, clock, logger: silentLogging.logger("runtime") },
  );
  server.close();
  if (ready) connection.introduced();
  open.push(connection, { close: () => peer.socket.destroy() });
  return { connection, peer, clock };
}

const query = {
  consensus_block: { height: 1n, meta: null },
  header: {
    version: 0,
    namespace: new Uint8Array(32),
    round: 0n,
    timestamp: 0n,
    header_type: 1,
    previous_hash: new Uint8Array(32),
    io_root: new Uint8Array(32),
    state_root: new Uint8Array(32),
    messages_hash: new Uint8Array(32),
    in_msgs_hash: new Uint8Array(32),
  },
  epoch: 1n,
  max_messages: 0,
  method: "get",
  args: null,
};

describe("calls to the ParaTime", () => {
  test("have ids from 0 on, and answers find them in any order", async () => {
    const { connection, peer } = await pair();
    const calls = [0, 1, 2].map(() => connection.call("RuntimeQueryRequest", query, options));
    const ids = [await peer.next(), await peer.next(), await peer.next()].map(({ id }) => id);
    expect(ids).toEqual([0n, 1n, 2n]);
    for (const id of ids.toReversed())
      peer.reply(id, "RuntimeQueryResponse", RuntimeQueryResponse, { data: Uint8Array.of(Number(id)) });
    expect(await Promise.all(calls)).toEqual(ids.map((id) => ({ data: Uint8Array.of(Number(id)) })));
  });

  test("fail with the ParaTime's own module, code and message", async () => {
    const { connection, peer } = await pair();
    const call = connection.call("RuntimeQueryRequest", query, options);
    peer.reply((await peer.next()).id, "Error", ProtocolError, {
      module: "evm",
      code: 7,
      message: "reverted",
    });
    await expect(call).rejects.toMatchObject({ module: "evm", wireCode: 7, message: "reverted" });
  });

  test("fail when the answer has another name", async () => {
    const { connection, peer } = await pair();
    const call = connection.call("RuntimeQueryRequest", query, options);
    peer.reply((await peer.next()).id, "RuntimePingResponse", Empty, {});
    await expect(call).rejects.toThrow("expected RuntimeQueryResponse, got RuntimePingResponse");
  });

  test("fail when the answer's fields are malformed, and harm no other call", async () => {
    const { connection, peer } = await pair();
    const wrong = struct("Wrong", { data: text });
    const call = connection.call("RuntimeQueryRequest", query, options);
    const other = connection.call("RuntimePingRequest", {}, options);
    peer.reply((await peer.next()).id, "RuntimeQueryResponse", wrong, { data: "a text, not bytes" });
    await expect(call).rejects.toMatchObject({ code: "runtime/bad-reply" });
    peer.reply((await peer.next()).id, "Anything", Empty, {});
    expect(await other).toEqual({});
  });

  test("are refused when they are too long for a ParaTime", async () => {
    const { connection } = await pair();
    const args = new Uint8Array(MAX_OUTGOING_BYTES);
    await expect(connection.call("RuntimeQueryRequest", { ...query, args }, options)).rejects.toMatchObject({
      code: "runtime/too-large",
    });
  });

  test("are refused while the ParaTime does not read", async () => {
    const { connection, peer } = await pair();
    peer.socket.pause();
    const args = new Uint8Array(20 * 1024 * 1024);
    const calls = [1, 2, 3, 4].map(() => connection.call("RuntimeQueryRequest", { ...query, args }, options));
    for (const call of calls) call.catch(() => {});
    await expect(connection.call("RuntimePingRequest", {}, options)).rejects.toMatchObject({
      code: "runtime/overloaded",
    });
    connection.close();
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: "runtime/closed" });
  });
});

describe("calls of the ParaTime", () => {
  test("are answered while the host's own call is pending", async () => {
    const { connection, peer } = await pair({
      HostIdentityRequest: () => ({ node_id: new Uint8Array(32).fill(5) }),
    });
    const call = connection.call("RuntimeQueryRequest", query, options);
    const { id } = await peer.next();
    peer.request(0n, "HostIdentityRequest", Empty, {});
    const answer = await peer.next();
    expect(answer).toMatchObject({ id: 0n, type: MESSAGE_RESPONSE, name: "HostIdentityResponse" });
    expect(decode(HostIdentityResponse, answer.body)).toEqual({ node_id: new Uint8Array(32).fill(5) });
    peer.reply(id, "RuntimeQueryResponse", RuntimeQueryResponse, { data: null });
    expect(await call).toEqual({ data: null });
  });

  test("wait for the introduction, but not for ever", async () => {
    const handler: HostHandler = { HostIdentityRequest: () => ({ node_id: new Uint8Array(32) }) };
    const early = await pair(handler, false);
    early.peer.request(0n, "HostIdentityRequest", Empty, {});
    await early.clock.scheduled(READY_WAIT_MS);
    early.connection.introduced();
    expect(await early.peer.next()).toMatchObject({ name: "HostIdentityResponse" });

    const never = await pair(handler, false);
    never.peer.request(0n, "HostIdentityRequest", Empty, {});
    await never.clock.scheduled(READY_WAIT_MS);
    never.clock.advance(READY_WAIT_MS);
    expect(await never.peer.nextError()).toEqual({
      module: "rhp/internal",
      code: 1,
      message: "rhp: not ready",
    });
  });

  test.each<[string, HostHandler[keyof HostHandler], ProtocolError]>([
    [
      "its wire pair",
      () => Promise.reject(stakingErrors.insufficientBalance()),
      { module: "staking", code: 5, message: "" },
    ],
    [
      "unknown/1",
      () => {
        throw new Error("disk on fire");
      },
      { module: "unknown", code: 1, message: "disk on fire" },
    ],
    [
      "its wire pair, from below",
      () => {
        throw new Error("x", { cause: new CodedError("m", 9, "y") });
      },
      { module: "m", code: 9, message: "x" },
    ],
    [
      "unknown/1 for an answer that cannot be sent",
      () => ({ value: new Uint8Array(MAX_OUTGOING_BYTES) }),
      { module: "unknown", code: 1, message: "" },
    ],
    [
      "unknown/1 for an answer of a wrong shape",
      () => ({ value: 7 as never }),
      { module: "unknown", code: 1, message: "" },
    ],
  ])("that fail are answered with %s", async (_what, handle, expected) => {
    const { peer } = await pair({ HostLocalStorageGetRequest: handle as never });
    peer.request(3n, "HostLocalStorageGetRequest", HostLocalStorageGetRequest, { key: null });
    const error = await peer.nextError();
    expect(error).toMatchObject(expected.message === "" ? { module: expected.module } : expected);
  });

  test("without a handler are not supported", async () => {
    const { peer } = await pair();
    for (const name of ["HostIdentityRequest", "RuntimePingRequest", "toString"]) {
      peer.request(1n, name, Empty, {});
      expect(await peer.nextError()).toEqual({ module: "unknown", code: 1, message: "method not supported" });
    }
  });

  test("are told when the connection ends", async () => {
    const aborted = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const { connection, peer } = await pair({
      HostIdentityRequest: (_request, { signal }) => {
        signal.addEventListener("abort", () => aborted.resolve());
        started.resolve();
        return new Promise(() => {});
      },
    });
    peer.request(0n, "HostIdentityRequest", Empty, {});
    await started.promise;
    connection.close();
    await aborted.promise;
    expect(await connection.ended).toEqual({ kind: "closedByHost" });
  });
});

test("whatever bytes come in, the connection ends with a reason or lives on", async () => {
  const { connection, peer, clock } = await pair();
  connection.close();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), fc.boolean(), async (bytes, framed) => {
      const one = await pair();
      one.peer.socket.end(framed ? encodeFrame(bytes) : bytes);
      expect(["violation", "closedByParaTime"]).toContain((await one.connection.ended).kind);
    }),
    { numRuns: 100 },
  );
  expect([peer.socket.destroyed, clock.pending]).toEqual([expect.any(Boolean), 0]);
});
