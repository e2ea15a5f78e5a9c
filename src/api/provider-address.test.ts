import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { toBase64 } from "../codec/bytes.ts";
import { createCertificate } from "../crypto/certificate.ts";
import { testSigner } from "../crypto/memory-signer.ts";
import { parseProviderAddress, providerCredentials } from "./provider-address.ts";

const key = testSigner("provider");
const keyText = toBase64(key.publicKey);

describe("an address", () => {
  test.each<[string, object, object]>([
    ["unix:/node/internal.sock", { kind: "unix", path: "/node/internal.sock" }, { kind: "none" }],
    ["http://127.0.0.1:8001", { kind: "tcp", host: "127.0.0.1", port: 8001 }, { kind: "none" }],
    ["grpc.example.org:443", { kind: "tcp", host: "grpc.example.org", port: 443 }, { kind: "authorities" }],
    [
      `${keyText}@10.0.0.1:9001`,
      { kind: "tcp", host: "10.0.0.1", port: 9001 },
      { kind: "key", publicKey: key.publicKey },
    ],
  ])("%s", (text, dial, security) => {
    expect(parseProviderAddress(text)).toEqual({ text, dial, security });
  });

  test.each(["", "example.org", "key@example.org:443", "@example.org:443", "example.org:port", "unix:"])(
    "%j is none",
    (text) => {
      expect(() => parseProviderAddress(text)).toThrow(expect.objectContaining({ code: "api/address" }));
    },
  );
});

describe("a node that is known by its key", () => {
  let server: Server;
  afterEach(() => {
    server.close();
  });

  /** A node with a certificate of that key. */
  async function serve(): Promise<number> {
    const { certificatePem, keyPem } = createCertificate(key, "oasis-node", new Date());
    server = createServer({ key: keyPem, cert: certificatePem });
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  test("is believed with it", async () => {
    const address = parseProviderAddress(`${keyText}@127.0.0.1:${await serve()}`);
    expect((await providerCredentials(address))._isSecure()).toBe(true);
  });

  test("is refused with another", async () => {
    const other = toBase64(testSigner("another").publicKey);
    const address = parseProviderAddress(`${other}@127.0.0.1:${await serve()}`);
    const failure = providerCredentials(address);
    await expect(failure).rejects.toMatchObject({ code: "api/identity" });
    await expect(failure).rejects.toThrow(keyText);
  });

  test("that is not there is named", async () => {
    const port = await serve();
    await new Promise((resolve) => server.close(resolve));
    const address = parseProviderAddress(`${keyText}@127.0.0.1:${port}`);
    await expect(providerCredentials(address)).rejects.toMatchObject({ code: "api/unreachable" });
  });
});
