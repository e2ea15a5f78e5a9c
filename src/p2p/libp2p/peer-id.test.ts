import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { parsePeerId, peerIdBytes, peerIdOf, publicKeyOf } from "./peer-id.ts";

// facts/runtime.md section 11, number 4.
const KEY = fromHex("6cd7c40d5b136e9a9dab30bd7f7e3b1af2027d0aaf7723192dab6dc7736cc329") as PublicKey;
const ID = "12D3KooWH9F2NssTXQkDRGWHzRPG1rV31cvoydxrqbYymeVPsD7n";

test("the peer id of a key", () => {
  expect(peerIdOf(KEY)).toBe(ID);
  expect(publicKeyOf(peerIdOf(KEY))).toEqual(KEY);
  expect(peerIdBytes(peerIdOf(KEY))).toHaveLength(38);
});

test("any key comes back from its id", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const id = peerIdOf(bytes as PublicKey);
      expect(parsePeerId(id)).toBe(id);
      expect(publicKeyOf(id)).toEqual(bytes);
    }),
  );
});

test.each([
  ["a key of another kind", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"],
  ["a shorter multihash", "12D3KooWH9F2NssTXQkDRGW"],
])("%s has no key of ours", (_, text) => {
  expect(publicKeyOf(parsePeerId(text)!)).toBeNull();
});

test.each(["", "0OIl", "a".repeat(129), "12D3 Koo"])("%j is no peer id", (text) => {
  expect(parsePeerId(text)).toBeNull();
});
