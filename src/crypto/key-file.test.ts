import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createSigner,
  ensurePublicKeyFile,
  KeyFileError,
  loadOrCreateEntropy,
  loadPublicKey,
  loadSigner,
} from "./key-file.ts";
import { MemorySigner, TEST_ENTITY, testSigner } from "./memory-signer.ts";
import { decodePem, encodePem } from "./pem.ts";

const ENTITY_PEM =
  "-----BEGIN ED25519 PRIVATE KEY-----\nqYpDOiaeZOImW1ZM67hjBYofryq+qQxzT6Hy/CcETddOpTKPlD729m2q7XTLDpnD\nscRfdjB7QlAD28fLNjjtNQ==\n-----END ED25519 PRIVATE KEY-----\n";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "qanat-keys-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string, mode = 0o600): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function problemOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof KeyFileError) return error.problem;
    throw error;
  }
  return "none";
}

describe("private key files", () => {
  test("the official node's file is read, and written the same", () => {
    const path = file("entity.pem", ENTITY_PEM);
    expect(loadSigner(path).publicKey).toEqual(testSigner(TEST_ENTITY).publicKey);
    const copy = join(directory, "copy.pem");
    createSigner(copy, testSigner(TEST_ENTITY));
    expect(readFileSync(copy, "utf8")).toBe(ENTITY_PEM);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
  });

  test("a new key is read back and never overwritten", () => {
    const path = join(directory, "new.pem");
    const signer = createSigner(path);
    expect(loadSigner(path).publicKey).toEqual(signer.publicKey);
    expect(problemOf(() => createSigner(path))).toBe("exists");
    expect(loadSigner(path).publicKey).toEqual(signer.publicKey);
  });

  test("problems are told apart", () => {
    expect(problemOf(() => loadSigner(join(directory, "absent.pem")))).toBe("missing");
    expect(problemOf(() => loadSigner(directory))).toBe("unreadable");
    expect(problemOf(() => loadSigner(file("open.pem", ENTITY_PEM, 0o644)))).toBe("mode");
    expect(problemOf(() => loadSigner(file("closed.pem", ENTITY_PEM, 0o400)))).toBe("mode");
    const seedOnly = encodePem("ED25519 PRIVATE KEY", new Uint8Array(32));
    const mixed = encodePem("ED25519 PRIVATE KEY", new Uint8Array(64));
    for (const content of [
      "",
      ENTITY_PEM.slice(0, 80),
      ENTITY_PEM + ENTITY_PEM,
      `${ENTITY_PEM}\nx`,
      seedOnly,
    ]) {
      expect(
        problemOf(() => loadSigner(file("broken.pem", content))),
        content,
      ).toBe("malformed");
    }
    expect(problemOf(() => loadSigner(file("mixed.pem", mixed)))).toBe("mismatch");
  });

  test("the message says what to do and shows no secret", () => {
    const path = file("open.pem", ENTITY_PEM, 0o640);
    expect(() => loadSigner(path)).toThrow(`${path}: mode is 0640 and must be 0600: run chmod 600 on it`);
  });
});

describe("public key files", () => {
  test("are written once and must belong to the private key", () => {
    const path = join(directory, "key_pub.pem");
    const signer = MemorySigner.generate();
    ensurePublicKeyFile(path, signer.publicKey);
    ensurePublicKeyFile(path, signer.publicKey);
    expect(loadPublicKey(path)).toEqual(signer.publicKey);
    expect(problemOf(() => ensurePublicKeyFile(path, MemorySigner.generate().publicKey))).toBe("mismatch");
  });
});

test("entropy stays what it was", () => {
  const path = join(directory, "entropy.pem");
  const entropy = loadOrCreateEntropy(path);
  expect(entropy).toHaveLength(32);
  expect(loadOrCreateEntropy(path)).toEqual(entropy);
  expect(readFileSync(path, "utf8")).toContain("-----BEGIN STATIC ENTROPY-----");
});

describe("PEM", () => {
  test.each([0, 1, 47, 48, 49, 200])("%i bytes are read back", (length) => {
    const data = new Uint8Array(length).fill(7);
    expect(decodePem("A TYPE", encodePem("A TYPE", data))).toEqual(data);
    expect(decodePem("A TYPE", encodePem("A TYPE", data).replaceAll("\n", "\r\n"))).toEqual(data);
  });
});
