import { mkdtempSync, readdirSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toHex } from "../codec/bytes.ts";
import { loadIdentity, loadOrCreateIdentity, type NodeIdentity } from "./identity.ts";
import { KeyFileError } from "./key-file.ts";

const NOW = new Date("2026-01-02T03:04:05Z");

let dataDir = "";
beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), "qanat-identity-")), "node");
});
afterEach(() => rmSync(join(dataDir, ".."), { recursive: true }));

function keysOf(identity: NodeIdentity): string[] {
  const { node, p2p, consensus, vrf, tls } = identity;
  return [node, p2p, consensus, vrf, tls].map(({ publicKey }) => toHex(publicKey));
}

test("a new data directory gets every file of the official node", () => {
  loadOrCreateIdentity({ dataDir, now: NOW });
  const modes = Object.fromEntries(
    readdirSync(dataDir).map((name) => [name, (statSync(join(dataDir, name)).mode & 0o777).toString(8)]),
  );
  expect(modes).toEqual({
    "identity.pem": "600",
    "identity_pub.pem": "600",
    "p2p.pem": "600",
    "p2p_pub.pem": "600",
    "p2p_entropy.pem": "600",
    "consensus.pem": "600",
    "consensus_pub.pem": "600",
    "vrf.pem": "600",
    "vrf_pub.pem": "600",
    "tls_identity.pem": "600",
    "tls_identity_cert.pem": "644",
    "sentry_client_tls_identity.pem": "600",
    "sentry_client_tls_identity_cert.pem": "644",
  });
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
});

test("the identity stays the same, the certificate is of the day", () => {
  const first = loadOrCreateIdentity({ dataDir, now: NOW });
  const second = loadIdentity({ dataDir, now: new Date("2026-06-01T00:00:00Z") });
  expect(keysOf(second)).toEqual(keysOf(first));
  expect(new Set(keysOf(first)).size).toBe(5);
  expect(second.p2pEntropy).toEqual(first.p2pEntropy);
  expect(second.tlsCertificate.keyPem).toBe(first.tlsCertificate.keyPem);
  expect(second.tlsCertificate.der).not.toEqual(first.tlsCertificate.der);
});

test("a missing file is made anew, but only when that was asked for", () => {
  const first = loadOrCreateIdentity({ dataDir, now: NOW });
  unlinkSync(join(dataDir, "vrf.pem"));
  expect(() => loadIdentity({ dataDir, now: NOW })).toThrow(KeyFileError);
  expect(() => loadOrCreateIdentity({ dataDir, now: NOW })).toThrow(/vrf_pub.pem is there/);
  unlinkSync(join(dataDir, "vrf_pub.pem"));
  const second = loadOrCreateIdentity({ dataDir, now: NOW });
  expect(keysOf(second)[0]).toBe(keysOf(first)[0]);
  expect(keysOf(second)[3]).not.toBe(keysOf(first)[3]);
});

test("a broken TLS key is an error and stays where it is", () => {
  loadOrCreateIdentity({ dataDir, now: NOW });
  const path = join(dataDir, "tls_identity.pem");
  writeFileSync(path, "broken");
  expect(() => loadOrCreateIdentity({ dataDir, now: NOW })).toThrow(
    /tls_identity.pem: expected exactly one PEM block/,
  );
});
