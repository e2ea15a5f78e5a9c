import { readFileSync } from "node:fs";
import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../codec/bytes.ts";
import { littleEndian } from "./ed25519.ts";
import { primitives as native } from "./native.ts";
import type { Primitives } from "./primitives.ts";
import { primitives as pure } from "./pure.ts";

const { Point } = ed25519;
const rows = JSON.parse(
  readFileSync(new URL("../../test/vectors/crypto/ed25519.json", import.meta.url), "utf8"),
) as { publicKey: string; message: string; signature: string; valid: boolean }[];

const SEED = fromHex("a98a433a269e64e2265b564cebb863058a1faf2abea90c734fa1f2fc27044dd7");
const PUBLIC_KEY = "4ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35";

const implementations: [string, Primitives][] = [
  ["native", native],
  ["pure", pure],
];

describe.each(implementations)("%s primitives", (_, primitives) => {
  test("known hashes", () => {
    const abc = utf8("abc");
    const nothing = new Uint8Array(0);
    expect(toHex(primitives.sha512_256(nothing))).toBe(
      "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a",
    );
    expect(toHex(primitives.sha512_256(abc))).toBe(
      "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
    );
    expect(toHex(primitives.sha256(abc))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(toHex(primitives.sha3_256(abc))).toBe(
      "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    );
    expect(toHex(primitives.sha512(abc))).toBe(
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    );
  });

  test("the key of a seed, and a deterministic signature", () => {
    const publicKey = primitives.ed25519PublicKey(SEED);
    expect(toHex(publicKey)).toBe(PUBLIC_KEY);
    const digest = fromHex("fe7ce4aa56dc30763be0a45f34a95be8cc03927845a5d5abe4e654319fad6fda");
    // formats.md 2.2
    expect(toHex(primitives.ed25519Sign(SEED, publicKey, digest))).toBe(
      "cebdca575d3fdd7913b40619e46bcddd1467e189640e9b0f15fb586d03de416988b898b7337b03fdc715ed45759ecf80ff4b738fcb46c1dcb670f977c1739a05",
    );
  });

  test("results are plain byte arrays of their own", () => {
    const digest = primitives.sha256(utf8("abc"));
    expect(digest.constructor).toBe(Uint8Array);
    expect(digest.buffer.byteLength).toBe(32);
  });

  test("points of the prime-order group are told from the rest", () => {
    const identity = new Uint8Array([1, ...new Uint8Array(31)]);
    const ofOrder8 = fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
    const mixed = Point.fromHex(PUBLIC_KEY).add(Point.fromBytes(ofOrder8.slice())).toBytes();
    const notCanonical = fromHex(`f0${"ff".repeat(30)}7f`);
    expect(primitives.isPrimeOrderPoint(fromHex(PUBLIC_KEY))).toBe(true);
    for (const point of [identity, ofOrder8, mixed, notCanonical, new Uint8Array(32).fill(0xff)]) {
      expect(primitives.isPrimeOrderPoint(point), toHex(point)).toBe(false);
      expect(primitives.scaledDifference(scalar(2n), undefined, scalar(3n), point)).toBeUndefined();
      expect(primitives.scaledDifference(scalar(2n), point, scalar(3n), fromHex(PUBLIC_KEY))).toBeUndefined();
    }
  });

  test("differences of multiples", () => {
    const base = Point.BASE.toBytes();
    expect(primitives.scaledDifference(scalar(7n), undefined, scalar(5n), base)).toEqual(
      Point.BASE.double().toBytes(),
    );
    expect(primitives.scaledDifference(scalar(7n), base, scalar(7n), base)).toEqual(Point.ZERO.toBytes());
    expect(primitives.scaledDifference(scalar(0n), base, scalar(7n), base)).toBeUndefined();
  });

  test("the first opinion on signatures is never more generous than the rule", () => {
    for (const { publicKey, message, signature, valid } of rows) {
      const [key, sig] = [fromHex(publicKey), fromHex(signature)];
      if (littleEndian(sig.subarray(32)) >= Point.Fn.ORDER) continue;
      const opinion = primitives.ed25519Accepts(key, fromHex(message), sig);
      if (opinion) expect(valid, signature).toBe(true);
      if (primitives.isPrimeOrderPoint(key) && primitives.isPrimeOrderPoint(sig.subarray(0, 32))) {
        expect(opinion, signature).toBe(valid);
      }
    }
  });

  test("random bytes have the length asked for and differ", () => {
    expect(primitives.randomBytes(32)).toHaveLength(32);
    expect(primitives.randomBytes(32)).not.toEqual(primitives.randomBytes(32));
  });
});

test("both give the same for the same input", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (data, seed) => {
        for (const name of ["sha256", "sha512", "sha512_256", "sha3_256"] as const) {
          expect(toHex(native[name](data)), name).toBe(toHex(pure[name](data)));
        }
        const publicKey = native.ed25519PublicKey(seed);
        expect(pure.ed25519PublicKey(seed)).toEqual(publicKey);
        expect(pure.ed25519Sign(seed, publicKey, data)).toEqual(native.ed25519Sign(seed, publicKey, data));
      },
    ),
    { numRuns: 20 },
  );
});

test("both combine points alike", () => {
  const order = Point.Fn.ORDER;
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: order - 1n }), fc.bigInt({ min: 1n, max: order - 1n }), (s, c) => {
      const h = Point.BASE.multiplyUnsafe(s).toBytes();
      for (const base of [undefined, h]) {
        const combined = native.scaledDifference(scalar(s), base, scalar(c), fromHex(PUBLIC_KEY));
        expect(combined).toBeDefined();
        expect(pure.scaledDifference(scalar(s), base, scalar(c), fromHex(PUBLIC_KEY))).toEqual(combined);
      }
    }),
    { numRuns: 10 },
  );
});

function scalar(value: bigint): Uint8Array {
  return Point.Fn.toBytes(value);
}
