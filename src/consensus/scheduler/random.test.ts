import { describe, expect, it } from "vitest";
import { fromHex, toHex, utf8 } from "../../codec/bytes.ts";
import { HmacDrbg } from "./drbg.ts";
import { Random } from "./random.ts";

// consensus-b.md 6.1: entropy 00 01 … 1f.
const entropy = Uint8Array.from({ length: 32 }, (_, i) => i);
const none = new Uint8Array(0);
const runtime = fromHex(`80${"00".repeat(30)}10`);

describe("HMAC_DRBG", () => {
  it("gives the known bytes, request by request", () => {
    const drbg = new HmacDrbg(entropy, none, utf8("EkS-ABCI-Entities"));
    expect(toHex(drbg.read(64))).toBe(
      "107ce358fb35b3dbfd6e59a8ef174bd8ba865cf8c40c4f447cdcb2528bb1e2afb47ad0449cdb20a21516a05a68fbc803dd120437bbbb25ac1054d2839db0808c",
    );
    expect(toHex(drbg.read(64))).toBe(
      "8ec3fc4af9b2e9122863b664f50125d14177e27cdc5400322df84d0c4ff3b1894b687fac09efcccfa25d83f1e53f0db3b02c6c07f7bba7e9b1e409fb69131ae9",
    );
  });

  it.each([0, -1, 65537])("refuses a request for %i bytes", (length) => {
    expect(() => new HmacDrbg(entropy, none, none).read(length)).toThrow(RangeError);
  });
});

describe("Random", () => {
  it("refills after 128 words", () => {
    const random = new Random(entropy, none, utf8("EkS-ABCI-Entities"));
    const words = Array.from({ length: 129 }, () => random.u64());
    expect(words[0]).toBe(0x107ce358fb35b3dbn);
    expect(words[127]).toBe(0x56e101ee9f44a078n);
    expect(words[128]).toBe(0x794f084d0ab7df99n);
  });

  it("shuffles as Go does", () => {
    const items = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    new Random(entropy, none, utf8("EkS-ABCI-Entities")).shuffle(items);
    expect(items).toEqual([9, 7, 4, 5, 0, 2, 6, 3, 8, 1]);
  });

  it.each([
    ["validators", none, "EkS-ABCI-Validators", [0, 2, 3, 9, 8, 6, 4, 5, 1, 7]],
    ["workers", runtime, "EkS-ABCI-ComputeWorker", [4, 0, 3, 1, 9, 6, 2, 8, 7, 5]],
    ["backup workers", runtime, "EkS-ABCI-ComputeBackup-Worker", [9, 7, 5, 0, 8, 2, 3, 1, 6, 4]],
  ])("permutes ten %s as Go does", (_, nonce, context, expected) => {
    expect(new Random(entropy, nonce, utf8(context)).perm(10)).toEqual(expected);
  });

  it("permutes 200 workers as Go does", () => {
    const order = new Random(entropy, runtime, utf8("EkS-ABCI-ComputeWorker")).perm(200);
    expect(order.slice(-10)).toEqual([197, 168, 35, 117, 179, 170, 71, 75, 128, 158]);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  it("agrees with the committee of a recorded network (consensus-b.md 6.3)", () => {
    const beacon = fromHex("c8047b1b0b05774f3515f5445a7e43f78672b32d8f1692a8a90c088cc1e46686");
    const id = fromHex(`80${"00".repeat(31)}`);
    expect(new Random(beacon, id, utf8("EkS-ABCI-ComputeWorker")).perm(3).slice(0, 2)).toEqual([0, 2]);
    expect(new Random(beacon, id, utf8("EkS-ABCI-ComputeBackup-Worker")).perm(3)[0]).toBe(2);
  });
});
