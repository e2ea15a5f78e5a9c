import { describe, expect, it } from "vitest";
import { toHex } from "../codec/bytes.ts";
import { decode, encode, fromJsonText, toJsonText } from "../codec/schema.ts";
import { appEvents, eventCodec } from "./events.ts";
import { float64 } from "./float64.ts";
import { methodBody, methods } from "./methods.ts";
import { PeerID } from "./peer-id.ts";

describe("methods", () => {
  it.each(Object.keys(methods))("%s: the zero body encodes and decodes, and stands for no body", (name) => {
    const codec = methodBody(name)!;
    const zero = codec.zero();
    expect(decode(codec, encode(codec, zero), "strict")).toEqual(zero);
    expect(decode(codec, null)).toEqual(zero);
  });

  it("are only those of the table", () => {
    expect(methodBody("staking.Mint")).toBeUndefined();
    expect(methodBody("toString")).toBeUndefined();
  });
});

describe("events", () => {
  const kinds = Object.entries(appEvents).flatMap(([app, events]) =>
    Object.keys(events).map((kind) => [app, kind]),
  );

  it.each(kinds)("%s %s: the zero event encodes and decodes", (app, kind) => {
    const codec = eventCodec(app!, kind!)!;
    expect(decode(codec, encode(codec, codec.zero()), "strict")).toEqual(codec.zero());
  });

  it("are only those of the table", () => {
    expect(eventCodec("100_staking", "mint")).toBeUndefined();
    expect(eventCodec("100_staking", "constructor")).toBeUndefined();
    expect(eventCodec("constructor", "name")).toBeUndefined();
  });
});

describe("float64", () => {
  it.each([
    [0.5, "f93800"],
    [Number.NaN, "f97e00"],
    [Number.POSITIVE_INFINITY, "f97c00"],
    [100000.5, "fa47c35040"],
    [0.1, "fb3fb999999999999a"],
    [-0, "f98000"],
  ])("writes %d in its shortest form", (value, hex) => {
    expect(toHex(encode(float64, value))).toBe(hex);
    expect(decode(float64, encode(float64, value))).toBe(value);
  });
});

describe("peer id", () => {
  it("is base58 in JSON and a byte string in CBOR", () => {
    const text = '"12D3KooWPrR1ceYbL9DpCMweDwUBVvV4K3NhUZn7tZ1ughMt4CsX"';
    const id = fromJsonText(PeerID, text)!;
    expect(id.length).toBe(38);
    expect(toJsonText(PeerID, decode(PeerID, encode(PeerID, id)))).toBe(text);
    expect(() => fromJsonText(PeerID, '"0OIl"')).toThrow(/base58/);
  });
});
