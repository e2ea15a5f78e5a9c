import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../codec/bytes.ts";
import { decode, encode, fromJsonText, map, toJsonText, u16 } from "../codec/schema.ts";
import { formatRoles, isSingleRole, parseRoles, ROLE_RESERVED, ROLE_RESERVED_3, RolesMask } from "./roles.ts";

describe("node roles", () => {
  it.each([
    [0, ""],
    [0b1, "compute"],
    [0b101001, "compute,validator,storage-rpc"],
    [0b1111 | 0b100000, "compute,observer,key-manager,validator,storage-rpc"],
    [ROLE_RESERVED_3, "[invalid roles]"],
    [1 << 30, "[invalid roles]"],
  ])("%i prints as %j", (mask, text) => {
    expect(formatRoles(mask)).toBe(text);
  });

  it("reads names in any order, and no unknown or repeated one", () => {
    expect(parseRoles("validator,compute")).toBe(0b1001);
    expect(parseRoles("compute,compute")).toBeNull();
    expect(parseRoles("storage")).toBeNull();
    expect(() => fromJsonText(RolesMask, '"storage"')).toThrow(/comma list of compute, observer/);
  });

  it("is a number in CBOR, also as a map key, and text in JSON", () => {
    const limits = map(RolesMask, u16);
    const value = new Map([
      [8, 1],
      [1, 2],
    ]);
    expect(toHex(encode(limits, value))).toBe("a201020801");
    expect(decode(limits, fromHex("a201020801"))).toEqual(value);
    expect(toJsonText(limits, value)).toBe('{"compute":2,"validator":1}');
    expect(fromJsonText(limits, '{"compute":2,"validator":1}')).toEqual(value);
  });

  it("knows single valid roles", () => {
    expect([1, 2, 4, 8, 32].every(isSingleRole)).toBe(true);
    expect([0, 3, 16, 64].some(isSingleRole)).toBe(false);
    expect(ROLE_RESERVED).toBe(0xffff_ffff - 0b101111);
  });
});
