import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "../../types/address.ts";
import { addressOfMultiaddr, isPublic, multiaddrOf, multiaddrOfAddress, tcpTarget } from "./multiaddr.ts";

test.each([
  ["10.0.0.1", 9200, "/ip4/10.0.0.1/tcp/9200"],
  ["2001:db8::1", 1, "/ip6/2001:db8::1/tcp/1"],
  ["seed.example.org", 65535, "/dns/seed.example.org/tcp/65535"],
])("%s and %i", (host, port, text) => {
  expect(multiaddrOf(host, port)).toBe(text);
  expect(tcpTarget(text)).toEqual({ host, port });
});

test.each(["1.2.3.4:9200", "[2a00::1]:26656"])("%s in a node descriptor and back", (text) => {
  const multiaddr = multiaddrOfAddress(parseAddress(text)!)!;
  expect(formatAddress(addressOfMultiaddr(multiaddr)!)).toBe(text);
});

test.each([":9200", "1.2.3.4:0"])("%s cannot be dialled", (text) => {
  expect(multiaddrOfAddress(parseAddress(text)!)).toBeNull();
});

test.each([
  "",
  "/ip4/1.2.3.4/udp/9200/quic-v1",
  "/ip4/1.2.3.4/tcp/0",
  "/ip4/1.2.3.4/tcp/65536",
  "/ip4/::1/tcp/1",
  "/ip4/1.2.3.4/tcp/1/p2p-circuit",
  "/ip6/fe80::1%25eth0/tcp/1",
])("%j is no TCP address", (text) => {
  expect(tcpTarget(text)).toBeNull();
});

test.each([
  ["/ip4/8.8.8.8/tcp/1", true],
  ["/ip4/192.168.0.1/tcp/1", false],
  ["/ip4/127.0.0.1/tcp/1", false],
  ["/dns/localhost/tcp/1", false],
])("whether %s is public: %s", (text, expected) => {
  expect(isPublic(text)).toBe(expected);
});
