import { ed25519_hasher } from "@noble/curves/ed25519.js";
import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../codec/bytes.ts";
import { createBlacklist, reservedKeys } from "./blacklist.ts";
import { TEST_ENTITY, testPublicKey } from "./memory-signer.ts";

describe("blacklist", () => {
  test("reserved keys are always on it, test keys unless allowed", () => {
    const strict = createBlacklist({ allowTestKeys: false });
    const local = createBlacklist({ allowTestKeys: true });
    for (const key of Object.values(reservedKeys)) {
      expect(strict.has(key)).toBe(true);
      expect(local.has(key)).toBe(true);
    }
    const keyManager = fromHex("c7c277acfd0529a3495fe405cb9e1df1d8dcba490a060f5ec1d81e1ca0f84432");
    const names = [TEST_ENTITY, "oasis-core epochtime mock key seed", "__e2e-test-migration-entity"];
    for (const key of [...names.map(testPublicKey), keyManager]) {
      expect(strict.has(key)).toBe(true);
      expect(local.has(key)).toBe(false);
    }
    expect(strict.has(testPublicKey("anything else"))).toBe(false);
  });

  test("more keys make another list", () => {
    const key = testPublicKey("a key");
    const list = createBlacklist({ allowTestKeys: true });
    expect(list.with([key]).has(key)).toBe(true);
    expect(list.has(key)).toBe(false);
  });

  test("the burn key is a hash to the curve (formats.md 2.5)", () => {
    const point = ed25519_hasher.hashToCurve(utf8("Do Kwon Memorial SafeLunaRoseInu Burn Address"), {
      DST: utf8("oasis-core/reserved-address"),
    });
    expect(toHex(point.toBytes())).toBe(toHex(reservedKeys.burn));
  });
});
