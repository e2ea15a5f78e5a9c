import { expect, test } from "vitest";
import { toBase64 } from "../../codec/bytes.ts";
import { testSigner } from "../../crypto/memory-signer.ts";
import { mergePeers, parseNamedPeer } from "./known-peer.ts";
import { peerIdOf } from "./peer-id.ts";

const { publicKey } = testSigner("known peer");
const key = toBase64(publicKey);
const id = peerIdOf(publicKey);

test.each([
  [`${key}@10.0.0.1:9200`, "/ip4/10.0.0.1/tcp/9200"],
  [`${key}@[::1]:9200`, "/ip6/::1/tcp/9200"],
  [`${key}@seed.example.org:26656`, "/dns/seed.example.org/tcp/26656"],
])("%s", (text, address) => {
  expect(parseNamedPeer(text)).toEqual({ id, addresses: [address] });
});

test.each([
  "",
  key,
  `${key}@`,
  `${key}@host`,
  `${key}@host:0`,
  "0011223344556677889900112233445566778899@host:1",
])("%j names no peer of this network", (text) => {
  expect(parseNamedPeer(text)).toBeNull();
});

test("a seed that is listed once for each port is one peer", () => {
  const peers = ["10.0.0.1:26656", "10.0.0.1:9200", "10.0.0.1:9200"].map(
    (place) => parseNamedPeer(`${key}@${place}`)!,
  );
  expect(mergePeers(peers)).toEqual([
    { id, addresses: ["/ip4/10.0.0.1/tcp/26656", "/ip4/10.0.0.1/tcp/9200"] },
  ]);
});
