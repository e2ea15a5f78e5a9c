import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex } from "../codec/bytes.ts";
import { littleEndian, satisfiesRule, verifyRaw } from "./ed25519.ts";
import { MemorySigner } from "./memory-signer.ts";
import { primitives } from "./native.ts";

/** L, the order of the group. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

interface Row {
  readonly what: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}

const rows = JSON.parse(
  readFileSync(new URL("../../test/vectors/crypto/ed25519.json", import.meta.url), "utf8"),
) as Row[];

describe("the network's rule on points of small and mixed order and of odd encodings", () => {
  test.each(rows)("$what: $valid", ({ publicKey, message, signature, valid }) => {
    const key = fromHex(publicKey);
    const sig = fromHex(signature);
    expect(verifyRaw(key, fromHex(message), sig)).toBe(valid);
    const s = littleEndian(sig.subarray(32));
    expect(s < ORDER && satisfiesRule(key, fromHex(message), sig, s)).toBe(valid);
    // The fast path may only say yes to what the rule accepts.
    if (primitives.ed25519Accepts(key, fromHex(message), sig)) expect(valid).toBe(true);
  });

  test("the recorded answers cover every case", () => {
    const kinds = new Set(rows.map(({ what, valid }) => `${what}: ${valid}`));
    for (const kind of [
      "plain: true",
      "mixed: true",
      "small A: false",
      "small R: false",
      "s+L: false",
      "nc A: false",
    ]) {
      expect(kinds, kind).toContain(kind);
    }
    const mixed = rows.filter(({ what, valid }) => what === "mixed" && valid);
    const refusedByLibrary = mixed.filter(
      ({ publicKey, message, signature }) =>
        !primitives.ed25519Accepts(fromHex(publicKey), fromHex(message), fromHex(signature)),
    );
    expect(refusedByLibrary.length).toBeGreaterThan(0);
  });
});

test("a signature is of one key and one message", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ maxLength: 100 }),
      fc.nat(511),
      (seed, message, bit) => {
        const signer = MemorySigner.fromSeed(seed);
        const signature = signer.signRaw(message);
        expect(verifyRaw(signer.publicKey, message, signature)).toBe(true);
        expect(
          satisfiesRule(signer.publicKey, message, signature, littleEndian(signature.subarray(32))),
        ).toBe(true);
        signature[bit >> 3]! ^= 1 << (bit & 7);
        expect(verifyRaw(signer.publicKey, message, signature)).toBe(false);
      },
    ),
    { numRuns: 40 },
  );
});

test("any bytes at all are refused without an exception", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 70 }), (key, signature) => {
      expect(verifyRaw(key, key, signature)).toBe(false);
    }),
  );
  const key = new Uint8Array(32).fill(0xff);
  expect(verifyRaw(key, key, new Uint8Array(64).fill(0x0f))).toBe(false);
});

test("little-endian integers", () => {
  expect(littleEndian(fromHex("0102"))).toBe(0x0201n);
  expect(littleEndian(new Uint8Array(0))).toBe(0n);
});
