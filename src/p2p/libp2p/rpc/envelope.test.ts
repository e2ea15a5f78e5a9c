import { expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../../../codec/bytes.ts";
import { decode, encode } from "../../../codec/codec.ts";
import { hash } from "../../../codec/common-types.ts";
import { CodedError, QanatError } from "../../../codec/errors.ts";
import { duration, i64, list, optional, struct } from "../../../codec/schema.ts";
import { sha512_256 } from "../../../crypto/hash.ts";
import { consensusErrors, p2pRpcErrors } from "../../../types/errors.ts";
import { fromRpcError, RpcRequest, RpcResponse, toRpcError } from "./envelope.ts";

// facts/runtime.md section 11, number 5.
test.each([
  [
    "GetTxs",
    encode(struct("Request", { txs: list(hash) }), { txs: [sha512_256(utf8("hi"))] as never }),
    "a264626f6479a1637478738158208ab98d4dbaa10dbf48a1ee02367c967e39987e5096b90a4067a242b470be755a666d6574686f6466476574547873",
  ],
  ["GetLightBlock", encode(i64, 100n), "a264626f64791864666d6574686f646d4765744c69676874426c6f636b"],
])("the request %s", (method, body, hex) => {
  expect(toHex(encode(RpcRequest, { method, body }))).toBe(hex);
  expect(decode(RpcRequest, fromHex(hex), "rpc")).toEqual({ method, body });
});

test("answers: nothing, a value, an error", () => {
  const ttl = struct("AdvertiseResponse", { ttl: optional(duration) });
  expect(toHex(encode(RpcResponse, { ok: fromHex("f6"), error: null }))).toBe("a1626f6bf6");
  expect(toHex(encode(ttl, { ttl: 3_600_000_000_000n }))).toBe("a16374746c1b0000034630b8a000");
  const error = toRpcError(p2pRpcErrors.methodNotSupported());
  const hex =
    "a1656572726f72a364636f646501666d6f64756c65677032702f727063676d65737361676578197270633a206d6574686f64206e6f7420737570706f72746564";
  expect(toHex(encode(RpcResponse, { ok: null, error }))).toBe(hex);
  expect(decode(RpcResponse, fromHex(hex), "rpc")).toEqual({ ok: null, error });
});

test("an error arrives as it was thrown, and ours are not described", () => {
  expect(fromRpcError(toRpcError(consensusErrors.versionNotFound().with("height 5")))).toMatchObject({
    module: "consensus",
    wireCode: 3,
    message: "consensus: version not found: height 5",
  });
  expect(toRpcError(new TypeError("/secret/path"))).toEqual({
    module: "unknown",
    code: 1,
    message: "internal error",
  });
  expect(toRpcError(new QanatError("p2p/x", "too many"))).toMatchObject({
    module: "unknown",
    message: "too many",
  });
  expect(toRpcError(new CodedError("m", 2, "x".repeat(10_000))).message).toHaveLength(512);
});
