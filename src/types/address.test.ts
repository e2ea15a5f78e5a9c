import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toBase64 } from "../codec/bytes.ts";
import { fromJsonText, toJsonText } from "../codec/schema.ts";
import { Address, ConsensusAddress, formatAddress, parseAddress } from "./address.ts";
import { formatIp, isProbablyGloballyReachable, parseIp } from "./ip.ts";

const KEY = fromHex("4ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35");

describe("IP addresses", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["::", "::"],
    ["::1", "::1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["fe80::1:0:0:0:2", "fe80:0:0:1::2"],
  ])("%s prints as %s", (text, printed) => {
    expect(formatIp(parseIp(text))).toBe(printed);
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4.5",
    "1:2",
    "1::2::3",
    "g::",
    "1:2:3:4:5:6:7::8",
    "12345::",
  ])("%j is no address", (text) => {
    expect(parseIp(text)).toBeNull();
  });

  it("prints none and odd lengths as the official node does", () => {
    expect(formatIp(null)).toBe("<nil>");
    expect(formatIp(Uint8Array.of(1, 2))).toBe("?0102");
  });

  it("parses what it prints", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (ip) => {
        expect(parseIp(formatIp(ip))).toEqual(Uint8Array.from(ip));
      }),
    );
  });

  // facts/formats.md section 4, one address from each range and its neighbours.
  it.each([
    ["8.8.8.8", true],
    ["0.1.2.3", false],
    ["10.255.0.1", false],
    ["11.0.0.1", true],
    ["100.64.0.1", false],
    ["100.128.0.1", true],
    ["127.0.0.1", false],
    ["169.254.1.1", false],
    ["172.16.0.1", false],
    ["172.32.0.1", true],
    ["192.0.0.10", false],
    ["192.0.2.1", false],
    ["192.168.1.1", false],
    ["198.19.255.255", false],
    ["198.20.0.0", true],
    ["198.51.100.7", false],
    ["203.0.113.7", false],
    ["224.0.0.1", false],
    ["240.0.0.1", false],
    ["255.255.255.255", false],
    ["::", false],
    ["::1", false],
    ["64:ff9b:1::1", false],
    ["64:ff9b::1", true],
    ["100::1", false],
    ["2001:100::1", false],
    ["2001:2::1", false],
    ["2001:db8::1", false],
    ["2001:4860:4860::8888", true],
    ["fe80::1", false],
    ["fd00::1", false],
    ["ff02::1", false],
  ])("%s is reachable: %s", (text, reachable) => {
    expect(isProbablyGloballyReachable(parseIp(text))).toBe(reachable);
  });

  it("an address of four bytes counts like its mapped form, others not at all", () => {
    expect(isProbablyGloballyReachable(Uint8Array.of(8, 8, 8, 8))).toBe(true);
    expect(isProbablyGloballyReachable(Uint8Array.of(10, 0, 0, 1))).toBe(false);
    expect(isProbablyGloballyReachable(Uint8Array.of(8, 8, 8))).toBe(false);
    expect(isProbablyGloballyReachable(null)).toBe(false);
  });
});

describe("node addresses", () => {
  it.each([
    ["127.0.0.1:80", "127.0.0.1:80"],
    ["[::1]:65535", "[::1]:65535"],
    ["[fe80::1%eth0]:1", "[fe80::1%eth0]:1"],
    [":9200", "<nil>:9200"],
  ])("%s reads and prints as %s", (text, printed) => {
    expect(formatAddress(parseAddress(text)!)).toBe(printed);
  });

  it.each(["", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[::1]", "host:80", "1.2.3.4:8o"])(
    "%j is no address",
    (text) => {
      expect(parseAddress(text)).toBeNull();
    },
  );

  it("keeps the length of the IP, which is part of signed descriptors", () => {
    const short = { IP: Uint8Array.of(1, 2, 3, 4), Port: 5n, Zone: "" };
    expect(toJsonText(Address, short)).toBe('"1.2.3.4:5"');
    expect(fromJsonText(Address, '"1.2.3.4:5"').IP!.length).toBe(16);
  });

  it("has a consensus form with the key in front", () => {
    const text = `"${toBase64(KEY)}@127.0.0.1:26656"`;
    const peer = fromJsonText(ConsensusAddress, text);
    expect(peer.id).toEqual(KEY);
    expect(toJsonText(ConsensusAddress, peer)).toBe(text);
    expect(() => fromJsonText(ConsensusAddress, '"abcd@127.0.0.1:1"')).toThrow(
      /expected <base64 public key>@IP:port/,
    );
  });
});
