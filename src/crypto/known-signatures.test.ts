import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contexts } from "./contexts.ts";
import { CLAIM_LENGTH, KnownSignatures, writeClaim } from "./known-signatures.ts";
import { MemorySigner } from "./memory-signer.ts";
import { sign, signedDigest, verify, verifyAll } from "./signature.ts";

const signer = MemorySigner.fromSeed(new Uint8Array(32).fill(7));
const message = new TextEncoder().encode("a message");
const context = contexts.registerEntity;
const signature = signer.sign(context, message);
const digest = signedDigest(context, message);

/** The bytes with one bit of one of them turned. */
function turned(bytes: Uint8Array, index: number): Uint8Array {
  const out = bytes.slice();
  out[index]! ^= 1;
  return out;
}

describe("known signatures", () => {
  test("are those that were added, to the last bit", () => {
    const known = new KnownSignatures();
    expect(known.has(signer.publicKey, digest, signature)).toBe(false);
    known.add(signer.publicKey, digest, signature);
    expect(known.has(signer.publicKey, digest, signature)).toBe(true);
    fc.assert(
      fc.property(fc.nat(CLAIM_LENGTH - 1), (at) => {
        const claim = new Uint8Array(CLAIM_LENGTH);
        writeClaim(claim, 0, signer.publicKey, digest, signature);
        const other = turned(claim, at);
        expect(known.has(other.slice(0, 32), other.slice(32, 64), other.slice(64))).toBe(false);
      }),
    );
  });

  test("an empty memory knows nothing, not even zeros", () => {
    expect(new KnownSignatures().has(new Uint8Array(32), new Uint8Array(32), new Uint8Array(64))).toBe(false);
  });

  test.each([
    { what: "key", claim: [new Uint8Array(31), digest, signature] },
    { what: "digest", claim: [signer.publicKey, new Uint8Array(33), signature] },
    { what: "signature", claim: [signer.publicKey, digest, new Uint8Array(63)] },
  ] as const)("a $what of another length is never known", ({ claim: [key, bytes, third] }) => {
    const known = new KnownSignatures();
    known.add(key, bytes, third);
    expect(known.has(key, bytes, third)).toBe(false);
  });

  test("never grow: the newest of those that share a place stays", () => {
    const known = new KnownSignatures(1);
    const other = turned(signature, 0);
    known.add(signer.publicKey, digest, signature);
    known.add(signer.publicKey, digest, other);
    expect(known.has(signer.publicKey, digest, signature)).toBe(false);
    expect(known.has(signer.publicKey, digest, other)).toBe(true);
  });

  test("claims that were verified elsewhere", () => {
    const claims = new Uint8Array(2 * CLAIM_LENGTH);
    writeClaim(claims, 0, signer.publicKey, digest, signature);
    writeClaim(claims, CLAIM_LENGTH, signer.publicKey, turned(digest, 3), turned(signature, 0));
    const known = new KnownSignatures();
    known.addAll({ signatures: claims, vrf: [] });
    expect(known.has(signer.publicKey, digest, signature)).toBe(true);
    expect(known.has(signer.publicKey, turned(digest, 3), turned(signature, 0))).toBe(true);
  });
});

describe("verification with a memory", () => {
  test("notes what it verified and nothing that it refused", () => {
    const known = new KnownSignatures();
    const wrong = turned(signature, 40);
    expect(verify(context, signer.publicKey, message, wrong, { known })).toBe(false);
    expect(known.has(signer.publicKey, digest, wrong)).toBe(false);
    expect(verify(context, signer.publicKey, message, signature, { known })).toBe(true);
    expect(known.has(signer.publicKey, digest, signature)).toBe(true);
    expect(verifyAll(context, message, [sign(signer, context, message)], { known })).toBe(true);
  });

  test("does not ask the memory about keys that never count", () => {
    const known = new KnownSignatures();
    known.add(signer.publicKey, digest, signature);
    const blacklist = { has: () => true, with: () => blacklist };
    expect(verify(context, signer.publicKey, message, signature, { known, blacklist })).toBe(false);
  });

  test("believes the memory: that is what it is for", () => {
    const known = new KnownSignatures();
    const wrong = turned(signature, 40);
    known.add(signer.publicKey, digest, wrong);
    expect(verify(context, signer.publicKey, message, wrong, { known })).toBe(true);
  });
});
