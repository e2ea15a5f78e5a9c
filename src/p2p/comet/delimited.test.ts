import fc from "fast-check";
import { expect, test } from "vitest";
import { concat } from "../../codec/bytes.ts";
import { DelimitedReader, delimited } from "./delimited.ts";

const message = fc.uint8Array({ maxLength: 3000 });

test("messages come out as they went in, however the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.integer({ min: 1, max: 4000 }), (messages, cut) => {
      const wire = concat(...messages.map((bytes) => delimited((w) => writeRaw(w, bytes))));
      const reader = new DelimitedReader();
      const out: Uint8Array[] = [];
      for (let at = 0; at < wire.length; at += cut) {
        reader.push(wire.subarray(at, at + cut));
        for (let next = reader.next(4000); next !== null; next = reader.next(4000)) out.push(next.slice());
      }
      const expected = messages.map((bytes) => delimited((w) => writeRaw(w, bytes)));
      expect(out.length).toBe(expected.length);
      expect(reader.bufferedBytes).toBe(0);
    }),
    { numRuns: 50 },
  );
});

function writeRaw(
  w: { tag(field: number, wireType: number): void; bytes(value: Uint8Array): void },
  bytes: Uint8Array,
) {
  w.tag(1, 2);
  w.bytes(bytes);
}

test("a message is refused by its length alone", () => {
  const reader = new DelimitedReader();
  reader.push(Uint8Array.of(11));
  expect(() => reader.next(10)).toThrow("too long");
});

test("a length without an end is refused", () => {
  const reader = new DelimitedReader();
  reader.push(Uint8Array.of(0x80, 0x80, 0x80));
  expect(reader.next(1_000_000)).toBeNull();
  reader.push(Uint8Array.of(0x80));
  expect(() => reader.next(1_000_000)).toThrow("too long");
});
