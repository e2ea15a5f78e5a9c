import { describe, expect, it } from "vitest";
import * as kinds from "./kinds.ts";
import { Scalar } from "./scalar.ts";

const KEY = "UApEaWE5njGdiQ+W3azJxW4dRW/DWk2BavVJnrKIvds=";
const COMET_ID = "E27F6B7A350B4CC2B48A6CBE94B0A02B0DCB0BF3";

function read<T>(kind: kinds.Kind<T>, source: string, generous = false): T | undefined {
  return kind.parse(Scalar.plain(source, generous));
}

describe("kinds of values", () => {
  it.each([
    ["30s", 30_000],
    ["2m0s", 120_000],
    ["1h0m0s", 3_600_000],
    ["1.5h", 5_400_000],
    ["250ms", 250],
    ["60ns", 60e-6],
    ["0", 0],
    ["60", undefined],
    ["-5s", undefined],
    ["5 s", undefined],
    ["5d", undefined],
    ["", undefined],
  ])("duration %j is %d ms", (source, value) => {
    expect(read(kinds.duration, source)).toBe(value);
  });

  it.each([
    ["64mb", 64 * 1024 * 1024],
    ["1 GB", 1024 ** 3],
    ["512kb", 512 * 1024],
    ["100b", 100],
    ["77", 77],
    ["1tb", undefined],
    ["mb", undefined],
  ])("size %j is %d bytes", (source, value) => {
    expect(read(kinds.size, source)).toBe(value);
  });

  it.each([
    ["4mb", 4 * 1024 ** 2],
    ["1gb", 1024 ** 3],
    ["4095kb", undefined],
    ["0", undefined],
    ["much", undefined],
  ])("size %j of at least 4 MiB is %d bytes", (source, value) => {
    expect(read(kinds.sizeFromMb(4), source)).toBe(value);
  });

  it.each([
    ["0", 0n],
    ["18446744073709551615", 18446744073709551615n],
    ["18446744073709551616", undefined],
    ["-1", undefined],
    ["1_000", 1000n],
    ["0x10", 16n],
    ["1.0", undefined],
    ["1e3", undefined],
  ])("64-bit number %j is %s", (source, value) => {
    expect(read(kinds.u64, source)).toBe(value);
  });

  it.each([
    ["true", true],
    ["yes", true],
    ["Off", false],
    ["1", undefined],
    ["maybe", undefined],
  ])("boolean %j is %s", (source, value) => {
    expect(read(kinds.boolean, source)).toBe(value);
  });

  it("a quoted boolean is one in the 21.x form only, as Go spells it", () => {
    expect(kinds.boolean.parse(new Scalar("true", "text"))).toBeUndefined();
    expect(kinds.boolean.parse(new Scalar("T", "text", true))).toBe(true);
    expect(kinds.boolean.parse(new Scalar("yes", "text", true))).toBeUndefined();
  });

  it.each([
    [`${KEY}@127.0.0.1:26656`, `${KEY}@127.0.0.1:26656`],
    [`${KEY}@seed.example.org:1`, `${KEY}@seed.example.org:1`],
    [`${KEY}@[::1]:1`, `${KEY}@[::1]:1`],
    [`${COMET_ID}@tcp://a:1`, `${COMET_ID.toLowerCase()}@a:1`],
    ["127.0.0.1:26656", undefined],
    [`${KEY}@127.0.0.1`, undefined],
    [`${KEY}@127.0.0.1:99999`, undefined],
    ["abc@127.0.0.1:1", undefined],
  ])("peer %j is %j", (source, value) => {
    expect(read(kinds.peer, source)).toBe(value);
  });

  it.each([
    ["tcp://0.0.0.0:26656", true],
    ["", true],
    ["0.0.0.0:26656", false],
    ["tcp://0.0.0.0", false],
    ["udp://0.0.0.0:1", false],
  ])("consensus address %j: %s", (source, isGood) => {
    expect(read(kinds.tcpUrl, source) !== undefined).toBe(isGood);
  });

  it.each([
    ["203.0.113.7:1", true],
    ["[2001:db8::1]:1", true],
    ["example.org:1", false],
    ["203.0.113.7", false],
    [":1", false],
  ])("registered address %j: %s", (source, isGood) => {
    expect(read(kinds.ipPort, source) !== undefined).toBe(isGood);
  });

  it.each([
    ["127.0.0.1:8545", true],
    ["localhost:0", true],
    ["", true],
    [":8545", false],
    ["8545", false],
  ])("listening address %j: %s", (source, isGood) => {
    expect(read(kinds.listenAddress, source) !== undefined).toBe(isGood);
  });

  it("a ParaTime id made of digits is no number", () => {
    const id = "80".padEnd(64, "0");
    expect(read(kinds.runtimeId, id)![0]).toBe(0x80);
    expect(read(kinds.runtimeId, id.slice(1))).toBeUndefined();
    expect(read(kinds.runtimeId, "ff".repeat(32))).toBeUndefined();
  });

  it("words are matched by the letter, except where case does not count", () => {
    expect(read(kinds.oneOf(["none", "keep_n"]), "None")).toBeUndefined();
    expect(read(kinds.oneOf(["none", "keep_n"], { anyCase: true }), "None")).toBe("none");
    expect(read(kinds.oneOf(["none", "keep_n"]), "None", true)).toBe("none");
  });
});
