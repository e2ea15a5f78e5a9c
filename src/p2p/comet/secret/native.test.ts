import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 as noble } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "../../../codec/bytes.ts";
import { open, seal, x25519, x25519PublicKey } from "./native.ts";

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

test("sealing gives what an independent implementation gives, and opening takes it back", () => {
  const nonce = fc.uint8Array({ minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(key, nonce, fc.uint8Array({ maxLength: 1100 }), (k, n, plain) => {
      const sealed = new Uint8Array(plain.length + 16);
      seal(sealed, plain, n, k);
      expect(toHex(sealed)).toBe(toHex(chacha20poly1305(k, n).encrypt(plain)));
      const opened = new Uint8Array(plain.length);
      expect(open(opened, sealed, n, k)).toBe(true);
      expect(toHex(opened)).toBe(toHex(plain));
      sealed[0] = sealed[0]! ^ 1;
      expect(open(opened, sealed, n, k)).toBe(false);
    }),
    { numRuns: 30 },
  );
});

test("X25519 gives what an independent implementation gives", () => {
  fc.assert(
    fc.property(key, key, (one, other) => {
      expect(toHex(x25519PublicKey(one))).toBe(toHex(noble.getPublicKey(one)));
      const point = noble.getPublicKey(other);
      expect(toHex(x25519(one, point)!)).toBe(toHex(noble.getSharedSecret(one, point)));
    }),
    { numRuns: 5 },
  );
  expect(x25519(new Uint8Array(32).fill(1), new Uint8Array(32))).toBeUndefined();
});
