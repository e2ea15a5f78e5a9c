import { expect, test } from "vitest";
import { addressGroup, addressScope } from "./address-scope.ts";
import { netAddress } from "./net-address.ts";
import { parsePeerAddress, parsePeerId, peerAddressText, resolvePeerAddress } from "./peer-address.ts";

const id = "b29ae976861a702f158de5ee12b87b4986b1bc0c";
const key = "HVRv8LMna6S7VQKZCnpshFGdYV00OnKKRoXrWtkkGkE=";

test.each([
  ["the classic spelling", `${id}@127.0.0.1:26656`, `${id}@127.0.0.1:26656`],
  ["upper case", `${id.toUpperCase()}@127.0.0.1:26656`, `${id}@127.0.0.1:26656`],
  ["the current spelling", `${key}@127.0.0.1:26656`, `${id}@127.0.0.1:26656`],
  ["a host name", `${key}@seed.example.org:26656`, `${id}@seed.example.org:26656`],
  ["a scheme", `${id}@tcp://10.0.0.1:1`, `${id}@10.0.0.1:1`],
  ["IPv6", `${id}@[2001:db9::1]:9200`, `${id}@[2001:db9::1]:9200`],
])("reads a peer in %s", (_, text, want) => {
  expect(peerAddressText(parsePeerAddress(text)!)).toBe(want);
});

test.each([
  ["nothing", ""],
  ["no id", "127.0.0.1:26656"],
  ["a short id", `${id.slice(1)}@127.0.0.1:26656`],
  ["a key with a wrong length", "AAAA@127.0.0.1:26656"],
  ["no port", `${id}@127.0.0.1`],
  ["no host", `${id}@:26656`],
  ["a port above 65535", `${id}@127.0.0.1:65536`],
  ["a port that is no number", `${id}@127.0.0.1:http`],
  ["two ids", `${id}@${id}@127.0.0.1:26656`],
  ["IPv6 without brackets", `${id}@2001:db9::1:9200`],
  ["a host name that is too long", `${id}@${"a".repeat(254)}:1`],
])("refuses a peer with %s", (_, text) => {
  expect(parsePeerAddress(text)).toBeNull();
});

test("ids are read in either spelling", () => {
  expect(parsePeerId(key)).toBe(id);
  expect(parsePeerId(id)).toBe(id);
  expect(parsePeerId("nobody")).toBeNull();
});

test("a host name is looked up, and the first usable address taken", async () => {
  const address = parsePeerAddress(`${id}@seed.example.org:26656`)!;
  const resolved = await resolvePeerAddress(address, async (host) => {
    expect(host).toBe("seed.example.org");
    return ["0.0.0.0", "::ffff:192.0.2.7"];
  });
  expect(resolved).toEqual({ id, ip: "192.0.2.7", port: 26656 });
  await expect(resolvePeerAddress(address, async () => [])).rejects.toThrow("no address");
  await expect(resolvePeerAddress(address, () => Promise.reject(new Error("no")))).rejects.toMatchObject({
    kind: "unreachable",
  });
});

test("a numeric host is not looked up", async () => {
  const fail = () => Promise.reject(new Error("looked up"));
  expect(await resolvePeerAddress(parsePeerAddress(`${id}@[::1]:1`)!, fail)).toEqual({
    id,
    ip: "::1",
    port: 1,
  });
});

test("only proper addresses are network addresses", () => {
  expect(netAddress(id, "::ffff:10.1.2.3", 5)).toEqual({ id, ip: "10.1.2.3", port: 5 });
  for (const [i, ip, port] of [
    ["", "10.1.2.3", 5],
    [id, "example.org", 5],
    [id, "0.0.0.0", 5],
    [id, "::", 5],
    [id, "255.255.255.255", 5],
    [id, "2001:db8::1", 5],
    [id, "10.1.2.3", 65536],
    [id, "10.1.2.3", -1],
  ] as const) {
    expect(netAddress(i, ip, port)).toBeNull();
  }
});

test.each([
  ["127.0.0.1", "local", "127.0", "local"],
  ["0.1.2.3", "local", "0.1", "local"],
  ["::1", "local", "0:0:0:0", "local"],
  ["10.1.2.3", "private", "10.1", "unroutable"],
  ["172.31.0.1", "private", "172.31", "unroutable"],
  ["172.32.0.1", "routable", "172.32", "172.32"],
  ["192.168.3.4", "private", "192.168", "unroutable"],
  ["169.254.3.4", "private", "169.254", "unroutable"],
  ["100.64.0.1", "routable", "100.64", "100.64"],
  ["198.51.100.4", "routable", "198.51", "198.51"],
  ["fc00::1", "private", "252:0:0:0", "unroutable"],
  ["fe80::1", "private", "254:128:0:0", "unroutable"],
  ["2001:10::1", "private", "32:1:0:16", "unroutable"],
  ["2a00:1450::1", "routable", "42:0:20:80", "42:0:20:80"],
  ["2001:470:1f00::1", "routable", "32:1:4:112:16", "32:1:4:112:16"],
])("%s is %s", (ip, scope, lenientGroup, strictGroup) => {
  expect(addressScope(ip)).toBe(scope);
  expect(addressGroup(ip, false)).toBe(lenientGroup);
  expect(addressGroup(ip, true)).toBe(strictGroup);
});
