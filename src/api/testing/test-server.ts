import { mkdtempSync, rmSync } from "node:fs";
import { connect, constants, type IncomingHttpHeaders } from "node:http2";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogging } from "../../telemetry/logger.ts";
import { Status } from "../../types/api-control.ts";
import type { NodeBackend } from "../backend.ts";
import { nodeControllerHandlers } from "../handlers/node-controller.ts";
import type { Handlers } from "../handlers.ts";
import { ApiServer, type ListenerOptions } from "../server.ts";

// Helpers of this folder's tests.

/** For `vi.waitFor`, which by itself gives up after a second, however busy the machine is. */
export const PATIENT = { timeout: 120_000 };

/** A node that is in sync and records what it is told. */
export class RecordingNode implements NodeBackend {
  readonly calls: unknown[][] = [];
  ready = true;
  status = { ...Status.zero(), mode: "client" };

  async requestShutdown(wait: boolean): Promise<void> {
    this.calls.push(["requestShutdown", wait]);
  }
  isSynced(): boolean {
    return true;
  }
  /** Never in sync: waits until the call is cancelled. */
  waitSync(signal: AbortSignal): Promise<void> {
    this.calls.push(["waitSync"]);
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        this.calls.push(["waitSync cancelled"]);
        reject(signal.reason);
      });
    });
  }
  isReady(): boolean {
    return this.ready;
  }
  async waitReady(): Promise<void> {}
  blockers(): readonly string[] {
    return this.ready ? [] : ["runtime 80…00: waits for its binary"];
  }
  async getStatus(): Promise<Status> {
    return this.status;
  }
  async upgradeBinary(): Promise<void> {}
  async cancelUpgrade(): Promise<void> {}
  async addBundle(path: string): Promise<void> {
    this.calls.push(["addBundle", path]);
  }
}

export interface TestServer extends AsyncDisposable {
  readonly node: RecordingNode;
  readonly server: ApiServer;
  /** Path of the Unix socket, where one was opened. */
  readonly socket: string;
  /** `http://host:port` of the first TCP listener. */
  readonly origin: string;
}

/** A running server with a Unix socket and a web listener; both are gone when it is disposed. */
export async function startTestServer(
  handlers: Omit<Handlers, "NodeController"> = {},
  options: { readonly listeners?: readonly ListenerOptions[]; readonly maxRequestBytes?: number } = {},
): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), "qanat-api-"));
  const socket = join(directory, "internal.sock");
  const node = new RecordingNode();
  const server = new ApiServer(
    {
      listeners: options.listeners ?? [
        { address: { kind: "unix", path: socket }, methods: ["*"], web: null },
        { address: { kind: "tcp", host: "127.0.0.1", port: 0 }, methods: ["*"], web: { origins: ["*"] } },
      ],
      ...(options.maxRequestBytes === undefined ? {} : { maxRequestBytes: options.maxRequestBytes }),
    },
    {
      backends: { node },
      handlers: { NodeController: nodeControllerHandlers(node), ...handlers },
      logger: silentLogging.logger("api"),
    },
  );
  await server.start();
  const tcp = server.addresses.find((address) => address.kind === "tcp");
  return {
    node,
    server,
    socket,
    origin: tcp === undefined ? "" : `http://${tcp.host}:${tcp.port}`,
    [Symbol.asyncDispose]: async () => {
      await server.stop(0);
      rmSync(directory, { recursive: true });
    },
  };
}

export interface RawResponse {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The response was one HEADERS frame that ended the stream. */
  readonly isTrailersOnly: boolean;
}

export interface RawRequest {
  readonly path: string;
  /** Bytes of the DATA frames; absent: HEADERS with END_STREAM. */
  readonly body?: Uint8Array;
  readonly headers?: Record<string, string>;
}

/** Sends one HTTP/2 request, byte for byte, and reads everything that comes back. */
export function rawCall(target: string, { path, body, headers }: RawRequest): Promise<RawResponse> {
  const session = target.startsWith("http://")
    ? connect(target)
    : connect("http://localhost", { createConnection: () => connectSocket(target) });
  return new Promise<RawResponse>((resolve, reject) => {
    session.on("error", reject);
    const stream = session.request(
      {
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc+cbor",
        te: "trailers",
        ...headers,
      },
      { endStream: body === undefined },
    );
    let response: { headers: IncomingHttpHeaders; isTrailersOnly: boolean } | null = null;
    let trailers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on("response", (fields, flags) => {
      response = { headers: fields, isTrailersOnly: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0 };
    });
    stream.on("trailers", (fields) => {
      trailers = fields;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", () => {
      // A stream that is reset after its answer; `close` decides.
    });
    stream.on("close", () => {
      if (response === null) reject(new Error(`stream ended with code ${stream.rstCode} and no response`));
      else resolve({ ...response, trailers, body: Buffer.concat(chunks) });
    });
    if (body !== undefined) stream.end(body);
  }).finally(() => session.destroy());
}

/** Bytes of a hex text; spaces are for the reader. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s/g, ""), "hex");
}
