import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCertificate, NODE_COMMON_NAME } from "../../crypto/certificate.ts";
import { MemorySigner } from "../../crypto/memory-signer.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { type ConsensusAddress, parseConsensusAddress } from "../../types/address.ts";
import type { NodeBackend } from "../backend.ts";
import type { ApiServer } from "../server.ts";
import { askSentry, type SentryEndpoint } from "./ask-sentry.ts";
import { createSentryServer } from "./sentry-server.ts";

const sentryKey = MemorySigner.generate();
const validatorKey = MemorySigner.generate();
const certificateOf = (signer: MemorySigner) => createCertificate(signer, NODE_COMMON_NAME, new Date());
const address = parseConsensusAddress("RzVkm1WdtNuRgvmXiHDpKMy8fqW4rI5TCGU2dOlRHmE=@203.0.113.7:26656")!;

let server: ApiServer;
let endpoint: SentryEndpoint;

beforeEach(async () => {
  server = createSentryServer(
    {
      ...{ host: "127.0.0.1", port: 0, certificate: certificateOf(sentryKey) },
      authorizedKeys: [validatorKey.publicKey],
    },
    {
      addresses: (): ConsensusAddress[] => [address],
      node: {} as NodeBackend,
      logger: silentLogging.logger("sentry"),
    },
  );
  await server.start();
  const [at] = server.addresses;
  if (at?.kind !== "tcp") throw new TypeError("not a TCP address");
  endpoint = { publicKey: sentryKey.publicKey, host: at.host, port: at.port };
});
afterEach(() => server.stop(0));

function ask(sentry: SentryEndpoint, signer: MemorySigner, signal = new AbortController().signal) {
  return askSentry(sentry, { certificate: certificateOf(signer), signal });
}

test("a node behind the sentry hears its addresses", async () => {
  expect(await ask(endpoint, validatorKey)).toEqual([address]);
});

describe("the sentry", () => {
  test("tells nobody else", async () => {
    const stranger = MemorySigner.generate();
    await expect(ask(endpoint, stranger)).rejects.toThrow(/refuses: tls: bad public key \(/);
  });

  test("tells nobody without a certificate", async () => {
    const { status, message } = await callWithout(endpoint, {});
    expect([status, decodeURIComponent(message)]).toEqual([
      "7",
      "tls: expecting a single certificate (got: 0)",
    ]);
  });

  test("breaks connections with a certificate that no node has", async () => {
    const { keyPem, certificatePem } = createCertificate(validatorKey, "somebody", new Date());
    await expect(callWithout(endpoint, { key: keyPem, cert: certificatePem })).rejects.toThrow();
  });

  test("serves no other method", async () => {
    const { keyPem, certificatePem } = certificateOf(validatorKey);
    const own = { key: keyPem, cert: certificatePem };
    const { status, message } = await callWithout(
      endpoint,
      own,
      "/oasis-core.NodeController/RequestShutdown",
    );
    expect([status, message]).toEqual(["12", "unknown service oasis-core.NodeController"]);
  });

  test("closes what does not speak HTTP/2, or no TLS", async () => {
    const { host, port } = endpoint;
    const tls = connectTls({ host, port, rejectUnauthorized: false });
    tls.on("error", () => {});
    await new Promise((resolve) => tls.once("close", resolve));
    const plain = connectTcp({ host, port }, () => plain.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    plain.on("error", () => {});
    plain.resume();
    await new Promise((resolve) => plain.once("close", resolve));
    expect(await ask(endpoint, validatorKey)).toEqual([address]);
  });
});

describe("the node", () => {
  test("believes nobody with another key", async () => {
    const other = { ...endpoint, publicKey: MemorySigner.generate().publicKey };
    await expect(ask(other, validatorKey)).rejects.toThrow(/is not the sentry that the configuration names/);
  });

  test("says when nobody is there", async () => {
    await server.stop(0);
    await expect(ask(endpoint, validatorKey)).rejects.toThrow(/cannot be reached: .*ECONNREFUSED/);
  });

  test("gives up when it stops", async () => {
    const controller = new AbortController();
    const asked = ask(endpoint, validatorKey, controller.signal);
    controller.abort(new Error("the node stops"));
    await expect(asked).rejects.toThrow("the node stops");
  });
});

/** A call by hand, with or without a certificate. */
function callWithout(
  { host, port }: SentryEndpoint,
  own: { key?: string; cert?: string },
  path = "/oasis-core.Sentry/GetAddresses",
): Promise<{ status: string; message: string }> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://${host}:${port}`, { rejectUnauthorized: false, ...own });
    session.once("error", reject);
    session.once("close", () => reject(new Error("the connection was closed")));
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc+cbor",
      te: "trailers",
    });
    stream.once("error", reject);
    const note = (headers: Record<string, unknown>) => {
      if (headers["grpc-status"] === undefined) return;
      const { "grpc-status": status, "grpc-message": message } = headers;
      resolve({ status: String(status), message: String(message ?? "") });
      session.destroy();
    };
    stream.once("response", note);
    stream.once("trailers", note);
    stream.end(Buffer.from([0, 0, 0, 0, 1, 0xf6]));
    stream.resume();
  });
}
