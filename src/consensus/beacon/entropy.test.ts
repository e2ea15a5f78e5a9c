import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../codec/bytes.ts";
import { blockEntropy, makeAlpha, makeBeacon } from "./entropy.ts";

// consensus-b.md 6.2 and 6.3.
const chainContext = "643fb06848be7e970af3b5b2d772eb8cfb30499c8162bc18ac03df2f5e22520e";
const root = Uint8Array.from({ length: 32 }, (_, i) => i);
const entropy = blockEntropy(9n, 1_600_000_000n, root);

describe("beacon bytes", () => {
  it("entropy after a block", () => {
    expect(toHex(entropy)).toBe("255b225ac16070ff89904c3d9194d44ab2f1cd6f1090e39775ae0246259387f3");
  });

  it("entropy of the first block", () => {
    expect(toHex(blockEntropy(0n, 1_600_000_000n, null))).toBe(
      "fda20c624d3f4b5b0ac1724ca774c1d291b60ee49f39ce7b2ace6e69ad58fe01",
    );
  });

  it("beacon", () => {
    expect(toHex(makeBeacon(5n, entropy))).toBe(
      "6b1201a181b81749aac3f55e8dfb6b8c66cb586692631145757b51fbfe8ab824",
    );
  });

  it("low quality alpha", () => {
    expect(toHex(makeAlpha(chainContext, 5n, [entropy]))).toBe(
      "f23a76627f2d8f6750ddb9a5eb081e0f9e7bc47f8f66a99c4ece62bca9421229",
    );
  });

  it("high quality alpha", () => {
    const betas = [
      "a86cbb8cd268715e44275a8844483ce6490b4ee21390911f7e0c94bdee9d6185f37440b6bc6aeb5e553ff3b86039608ef1af02a7bce3a7e7a7d83f7251f79c42",
      "450631b7bae01bc5428640a8cfd15656f31ca3ce4a646254feca173a615daf2e471f7eeaf8f1176ae825536c40687078a690fdaf67d05f233dc30ff56629d84f",
    ].map(fromHex);
    expect(toHex(makeAlpha(chainContext, 6n, betas))).toBe(
      "f98585cdd29c91c980352e57151e697f42850468dd6b7749ca17028424f0b9b2",
    );
  });

  it("a recorded epoch change", () => {
    const lastRoot = fromHex("103c84e5b737fc6166f567a01a98541ab32bbaf8df715e484cb1649c2bbd5d7e");
    const recorded = blockEntropy(59n, 1_795_476_905n, lastRoot);
    expect(toHex(recorded)).toBe("f5c38ffdc82d3aca915d78ba0c0b555f07afd0378eb095e4ca51de1aa19bcf43");
    expect(toHex(makeBeacon(2n, recorded))).toBe(
      "c8047b1b0b05774f3515f5445a7e43f78672b32d8f1692a8a90c088cc1e46686",
    );
  });
});
