import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, equal, fromHex, toHex, utf8 } from "../bytes.ts";
import { CodecError } from "../errors.ts";
import { compressBlock, MAX_BLOCK, maxCompressedLength } from "./compress-block.ts";
import { decompressBlock } from "./decompress-block.ts";
import { expandFrames } from "./expand-frames.ts";
import { SnappyFrameWriter } from "./frame-writer.ts";

function frames(...writes: Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new SnappyFrameWriter((bytes) => parts.push(bytes.slice()));
  for (const bytes of writes) writer.write(bytes);
  writer.end();
  return concat(...parts);
}

function compressed(bytes: Uint8Array): Uint8Array {
  const target = new Uint8Array(maxCompressedLength(bytes.length));
  return target.slice(0, compressBlock(bytes, target));
}

/** Bytes below `values`, repeated from up to 70,000 bytes back where `repeats`; the same for the same seed. */
function mixed(seed: number, length: number, values: number, repeats: boolean): Uint8Array {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const end = Math.min(length, at + 1 + random(80));
    const back = repeats && at > 10 && random(2) === 1 ? 1 + random(Math.min(at, 70_000)) : 0;
    for (; at < end; at++) bytes[at] = back > 0 ? bytes[at - back]! : random(values);
  }
  return bytes;
}

describe("frames", () => {
  it("are those of the network for the sheet's example (facts/formats.md 6.7)", () => {
    expect(toHex(frames(utf8("abcdefgh".repeat(20))))).toBe(
      "ff060000734e61507059001800003beb6dbba0011c6162636465666768fe0800fe08005e0800",
    );
    expect(frames()).toHaveLength(0);
    expect(frames(new Uint8Array(0))).toHaveLength(0);
  });

  // Digests of what golang/snappy v0.0.4 makes of the same writes.
  it.each<[string, Uint8Array[], string]>([
    [
      "of noise",
      [mixed(1, 100_000, 256, false)],
      "6e631c54a2cbdfc5a294f2f010ca82d766e9b5b996cc4e8833782e9b01ef8d1e",
    ],
    [
      "of two values",
      [mixed(2, 150_000, 2, false)],
      "3f136a263c207fe8350a7c49e3657a4f41e8d2357b8c77af555c6c122067b69c",
    ],
    [
      "of repetitions near and far",
      [mixed(3, 300_000, 256, true)],
      "3e28c98d05558a4c8f696ceffd727117d5028219d6fd9d9624ac96a2b7bf49b2",
    ],
    [
      "of zeros",
      [new Uint8Array(200_000)],
      "3b3c1f999acb9d13c4f0a38f9503d4d057ee8d13b5e7f74716ee6944fd4fe2b9",
    ],
    [
      "of writes that fill blocks unevenly",
      [30_000, 36_000, 10, 65_536, 65_537, 1, 0, 131_072, 200_001, 65_535, 2].map((n, i) =>
        mixed(i, n, 40, true),
      ),
      "b537a1a2d26bf9a026412d49238bcdcf30b6ac5bd9e1afeb05e6bcfdda0ddefd",
    ],
    [
      "of many short writes",
      Array.from({ length: 3000 }, (_, i) => mixed(i, i % 97, 20, true)),
      "4ceda50f17ea7581ef580a0d03552a88104e5e7433b9a1244a6a2ae4136fb9b6",
    ],
  ])("are cut and compressed as the network does: %s", (_, writes, digest) => {
    const stream = frames(...writes);
    expect(hash("sha512-256", stream)).toBe(digest);
    expect(equal(expandFrames(stream, 1 << 20), concat(...writes))).toBe(true);
  });

  it.each<[string, string]>([
    ["no stream identifier", "01050000d9d5c8d161"],
    ["another stream identifier", "ff060000734e61507058"],
    ["a stream identifier of another length", "ff050000734e615070"],
    ["an end inside a header", "ff060000734e6150705901"],
    ["an end inside a frame", "ff060000734e61507059010500"],
    ["a frame without a checksum", "ff060000734e61507059010300000000"],
    ["a wrong checksum", "ff060000734e615070590105000000000000aa"],
    ["an unknown kind that must be known", "ff060000734e6150705902000000"],
  ])("are refused with %s", (_, hex) => {
    expect(() => expandFrames(fromHex(hex), 1000)).toThrow(CodecError);
  });

  it("of kinds that may be skipped are skipped, and the identifier may come again", () => {
    const stream = frames(utf8("hello"));
    const skipped = fromHex("fe03000001020380000000");
    expect(expandFrames(concat(stream, skipped, stream), 1000)).toEqual(utf8("hellohello"));
  });

  it("that expand to more than allowed are refused", () => {
    const stream = frames(new Uint8Array(100_000));
    expect(expandFrames(stream, 100_000)).toHaveLength(100_000);
    expect(() => expandFrames(stream, 99_999)).toThrow("longer than 99999");
  });
});

describe("blocks", () => {
  it("come back as they were", () => {
    const structured = fc
      .tuple(fc.nat(), fc.nat(MAX_BLOCK), fc.constantFrom(1, 2, 5, 256), fc.boolean())
      .map(([seed, length, values, repeats]) => mixed(seed, length, values, repeats));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), structured), (bytes) => {
        expect(equal(decompressBlock(compressed(bytes), MAX_BLOCK), bytes)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("of other encoders are read: four-byte offsets, long literal lengths", () => {
    const block = fromHex("06f4000000610f01000000"); // Literal "a" with a two-byte length, then a copy of four.
    expect(() => decompressBlock(block, 100)).toThrow(CodecError);
    expect(decompressBlock(fromHex("05f4000061" + "0f01000000"), 100)).toEqual(utf8("aaaaa"));
    expect(decompressBlock(fromHex("05fc00000000" + "61" + "0f01000000"), 100)).toEqual(utf8("aaaaa"));
  });

  it.each<[string, string]>([
    ["nothing", ""],
    ["an endless length", "ffffffffff01"],
    ["a length beyond the limit", "e807"],
    ["a literal beyond the end", "0508"],
    ["a literal beyond the length", "010861626364"],
    ["too little", "0500"],
    ["a copy from before the beginning", "0500610e0200"],
    ["a copy without distance", "0500610e0000"],
    ["a copy beyond the length", "0200610e0100"],
    ["a copy that is cut short", "0500610e01"],
  ])("are refused with %s", (_, hex) => {
    expect(() => decompressBlock(fromHex(hex), 999)).toThrow(CodecError);
  });

  it("of random bytes never do worse than be refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          expect(decompressBlock(bytes, 1000).length).toBeLessThanOrEqual(1000);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });
});
