import fc from "fast-check";
import { expect, test } from "vitest";
import { concat, toHex } from "./bytes.ts";
import { CodecError } from "./errors.ts";
import { encodeFrame, FrameReader } from "./frame.ts";

test("puts the length in front", () => {
  expect(toHex(encodeFrame(new Uint8Array([1, 2, 3])))).toBe("00000003010203");
  expect(toHex(encodeFrame(new Uint8Array(0)))).toBe("00000000");
});

test("payloads come out whole, however the stream is cut", () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 });
  fc.assert(
    fc.property(payloads, fc.infiniteStream(fc.integer({ min: 1, max: 70 })), (sent, cuts) => {
      const stream = concat(...sent.map(encodeFrame));
      const reader = new FrameReader(50);
      const received: Uint8Array[] = [];
      for (let at = 0; at < stream.length; ) {
        const length = cuts.next().value!;
        received.push(...reader.push(stream.subarray(at, at + length)));
        at += length;
      }
      expect(received.map(toHex)).toEqual(sent.map(toHex));
      expect(reader.pendingBytes).toBe(0);
    }),
  );
});

test("refuses a frame that is too long as soon as its length is known", () => {
  expect(() => new FrameReader(10).push(new Uint8Array([0, 0, 0, 11]))).toThrow(CodecError);
  expect(() => new FrameReader(10).push(new Uint8Array([255, 255, 255, 255, 0]))).toThrow(/4294967295/);
});
