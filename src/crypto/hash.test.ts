import { describe, expect, test } from "vitest";
import { concat, fromHex, toHex, u64be, u64le, utf8 } from "../codec/bytes.ts";
import { hash, namespace } from "../codec/common-types.ts";
import { KeyFormat, keyParts } from "../codec/keyformat.ts";
import { struct, u8, u64 } from "../codec/schema.ts";
import { contexts } from "./contexts.ts";
import { EMPTY_HASH, hashOf, sha512_256, ZERO_HASH } from "./hash.ts";
import { hashedKeyPart } from "./hashed-key-part.ts";
import { TEST_ENTITY, testSigner } from "./memory-signer.ts";
import { tupleHash256 } from "./tuple-hash.ts";

describe("the network's hash", () => {
  test("of nothing, and the zero hash is another", () => {
    expect(sha512_256()).toEqual(EMPTY_HASH);
    expect(toHex(EMPTY_HASH)).toBe("c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a");
    expect(ZERO_HASH).not.toEqual(EMPTY_HASH);
  });

  test("parts are hashed as if joined, whatever their size", () => {
    for (const size of [0, 10, 2048, 5000]) {
      const [a, b] = [new Uint8Array(size).fill(1), new Uint8Array(size).fill(2)];
      expect(sha512_256(a, b)).toEqual(sha512_256(concat(a, b)));
    }
  });

  test("of a value is that of its canonical encoding (formats.md 6.2)", () => {
    const Root = struct("Root", { ns: namespace, version: u64, root_type: u8, hash });
    const root = Root.make({
      root_type: 1,
      hash: fromHex("5ce51671d0342f5fa297cbec0a7bf9b4e97a8d2ff3faa23021fd74af3df31eff"),
    });
    expect(toHex(hashOf(Root, root))).toBe(
      "81002a9986b1befe71de8831e791b10c435f53b79fff776e23f6470955a7d8da",
    );
  });

  test("binds an attestation key (formats.md 2.7)", () => {
    expect(toHex(sha512_256(utf8("oasis-core/node: TEE RAK binding"), new Uint8Array(32)))).toBe(
      "4ee2578021a5dcbcd40b3a18ac1ee19ecca83996af79b1d3bec83649453c9821",
    );
  });
});

describe("TupleHash256 (formats.md 2.7)", () => {
  test("known answers", () => {
    expect(toHex(tupleHash256("oasis-core:vrf/alpha", [utf8("ctx"), u64be(1n)]))).toBe(
      "7affb8800a789a1f358b34f6600fe6c9a597f6302c7ec11fbe8f9f2c9894ee60",
    );
    const attested = [new Uint8Array(64), new Uint8Array(32), u64le(5n)];
    expect(toHex(tupleHash256(contexts.teeAttestation.text, attested))).toBe(
      "b4cf5ee7a4e25292b80e2af190b5b861450ce8bd8995b4c383a32916b81f6296",
    );
  });

  // NIST SP 800-185, TupleHash samples 4 and 6.
  test("NIST samples", () => {
    const [first, second] = [fromHex("000102"), fromHex("101112131415")];
    const third = fromHex("202122232425262728");
    expect(toHex(tupleHash256("", [first, second], 64))).toBe(
      "cfb7058caca5e668f81a12a20a2195ce97a925f1dba3e7449a56f82201ec607311ac2696b1ab5ea2352df1423bde7bd4bb78c9aed1a853c78672f9eb23bbe194",
    );
    expect(toHex(tupleHash256("My Tuple App", [first, second, third], 64))).toBe(
      "45000be63f9b6bfd89f54717670f69a9bc763591a4f05c50d68891a744bcc6e7d6d5b5e82c018da999ed35b0bb49c9678e526abd8e85c13ed254021db9e790ce",
    );
  });

  test("boundaries between items count", () => {
    expect(tupleHash256("x", [utf8("ab"), utf8("c")])).not.toEqual(
      tupleHash256("x", [utf8("a"), utf8("bc")]),
    );
  });
});

test("hashed elements of state keys (formats.md 7)", () => {
  const format = new KeyFormat(0x51, keyParts.u64, keyParts.fixed(21), hashedKeyPart);
  const address = fromHex("0084dd5afb8f70085826fd8ac6d1f5ae37bc633e39");
  const key = format.encode(5n, address, testSigner(TEST_ENTITY).publicKey);
  expect(toHex(key)).toBe(
    "5100000000000000050084dd5afb8f70085826fd8ac6d1f5ae37bc633e39da319e4d6a74c39c14959d5cb197a6668e31bceb7fc1dd0b593f8531ef1bbe9c",
  );
  expect(format.decode(key)).toEqual([5n, address, sha512_256(testSigner(TEST_ENTITY).publicKey)]);
});
