import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex, toHex } from "../../../codec/bytes.ts";
import { PeerFault } from "../errors.ts";
import {
  encodeMessagePacket,
  MAX_PACKET,
  MAX_PAYLOAD,
  PING_PACKET,
  PONG_PACKET,
  readPacket,
} from "./packet.ts";

test("packets have the bytes of the official code", () => {
  expect(toHex(PING_PACKET)).toBe("020a00");
  expect(toHex(PONG_PACKET)).toBe("021200");
  expect(toHex(encodeMessagePacket(0x20, true, Uint8Array.of(0xaa)))).toBe("091a07082010011a01aa");
  expect(toHex(encodeMessagePacket(0x00, true, Uint8Array.of(0xaa)))).toBe("071a0510011a01aa");
  expect(readPacket(PING_PACKET.subarray(1))).toEqual({ type: "ping" });
  expect(readPacket(PONG_PACKET.subarray(1))).toEqual({ type: "pong" });
});

test("the longest packet of a channel below 128 has the longest length", () => {
  expect(encodeMessagePacket(0x01, true, new Uint8Array(MAX_PAYLOAD)).length).toBe(2 + MAX_PACKET);
});

test("every message packet survives writing and reading", () => {
  fc.assert(
    fc.property(
      fc.nat(255),
      fc.boolean(),
      fc.uint8Array({ maxLength: MAX_PAYLOAD }),
      (channel, isLast, data) => {
        const bytes = encodeMessagePacket(channel, isLast, data);
        const body = bytes.subarray(bytes[0]! < 0x80 ? 1 : 2);
        expect(bytes.length - body.length === 1).toBe(body.length < 0x80);
        expect(readPacket(body)).toEqual({ type: "message", channel, isLast, data });
      },
    ),
  );
});

test.each([
  ["nothing", ""],
  ["only unknown fields", "2001"],
  ["a field of another type", "0801"],
  ["a message that ends early", "1a05082010"],
  ["a channel of another type", "1a020a00"],
  ["data of another type", "1a021801"],
  ["a broken ping", "0a0108"],
])("%s is no packet", (_, hex) => {
  expect(() => readPacket(fromHex(hex))).toThrow(PeerFault);
});

test("unknown fields are skipped; of several packets in one the last counts", () => {
  expect(readPacket(fromHex("20010a021001"))).toEqual({ type: "ping" });
  expect(readPacket(fromHex("1a04082010010a00"))).toEqual({ type: "ping" });
  expect(readPacket(fromHex("1a0620010802100a"))).toMatchObject({ channel: 2, isLast: true });
});

test("a negative channel stays negative, so that it is unknown", () => {
  expect(readPacket(fromHex("1a0b08ffffffffffffffffff01"))).toMatchObject({ channel: -1 });
});

test("no bytes make reading fail with anything but a fault", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        readPacket(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(PeerFault);
      }
    }),
    { numRuns: 1000 },
  );
});
