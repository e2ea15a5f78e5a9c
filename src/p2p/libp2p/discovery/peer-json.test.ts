import fc from "fast-check";
import { expect, test } from "vitest";
import { utf8 } from "../../../codec/bytes.ts";
import type { PublicKey } from "../../../codec/common-types.ts";
import { peerIdOf } from "../peer-id.ts";
import { decodePeer, encodePeer } from "./peer-json.ts";

const id = peerIdOf(new Uint8Array(32) as PublicKey);

test("as go-libp2p writes it", () => {
  const text = `{"Addrs":["/ip4/1.2.3.4/tcp/9200"],"ID":"${id}"}`;
  const peer = { id, addresses: ["/ip4/1.2.3.4/tcp/9200"] };
  expect(new TextDecoder().decode(encodePeer(peer))).toBe(text);
  expect(decodePeer(utf8(text))).toEqual(peer);
  expect(decodePeer(utf8(`{"ID":"${id}","Addrs":null}`))).toEqual({ id, addresses: [] });
});

test.each([
  "",
  "null",
  "[]",
  `{"Addrs":[]}`,
  `{"ID":"0","Addrs":[]}`,
  `{"ID":5,"Addrs":[]}`,
  `{"ID":"${id}","Addrs":"/ip4/1.2.3.4/tcp/1"}`,
  `{"ID":"${id}","Addrs":[1]}`,
  `{"ID":"${id}","Addrs":["relative"]}`,
  `{"ID":"${id}","Addrs":["/${"x".repeat(17_000)}"]}`,
])("%.40j is malformed", (text) => {
  expect(decodePeer(utf8(text))).toBeNull();
});

test("no bytes do harm", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json().map(utf8)), (bytes) => {
      expect([null, "object"]).toContain(decodePeer(bytes) === null ? null : "object");
    }),
  );
  expect(decodePeer(null)).toBeNull();
});
