import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex, toHex } from "../../codec/bytes.ts";
import { delimited } from "./delimited.ts";
import { PeerFault } from "./errors.ts";
import type { NodeId } from "./node-id.ts";
import { checkNodeInfo, type NodeInfo, readNodeInfo, writeNodeInfo } from "./node-info.ts";

const id = "730a5edc28c2f8daf2d9dce3a01d5f205e35e555" as NodeId;
const otherId = "b28baab33e1f95a78c7e9547554c3e95a2e38030" as NodeId;

/** The NodeInfo of cometbft.md 8.4. */
const known: NodeInfo = {
  p2pVersion: 8n,
  blockVersion: 11n,
  appVersion: 30064771072n,
  id,
  listenAddress: "tcp://127.0.0.1:26656",
  network: "00112233445566778899aabbccddeeff001122334455667788",
  software: "0.37.16",
  channels: fromHex("40202122233038606100"),
  moniker: "node",
  txIndex: "off",
  rpcAddress: "",
};
const knownBytes =
  "a3010a0a0808100b1880808080701228373330613565646332386332663864616632643964636533613031643566323035653335653535351a157463703a2f2f3132372e302e302e313a3236363536223230303131323233333434353536363737383839396161626263636464656566663030313132323333343435353636373738382a07302e33372e3136320a402021222330386061003a046e6f646542050a036f6666";

test("a node info has the bytes of the official code", () => {
  expect(toHex(delimited((w) => writeNodeInfo(w, known)))).toBe(knownBytes);
  expect(readNodeInfo(fromHex(knownBytes).subarray(2))).toEqual(known);
});

const text = fc.string({ unit: fc.constantFrom(..."abcXYZ :/.-é"), maxLength: 20 });
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const anyInfo: fc.Arbitrary<NodeInfo> = fc.record({
  ...{ p2pVersion: u64, blockVersion: u64, appVersion: u64, id: text, listenAddress: text, network: text },
  ...{
    software: text,
    channels: fc.uint8Array({ maxLength: 20 }),
    moniker: text,
    txIndex: text,
    rpcAddress: text,
  },
});

test("every node info survives writing and reading", () => {
  fc.assert(
    fc.property(anyInfo, (info) => {
      const bytes = delimited((w) => writeNodeInfo(w, info));
      expect(readNodeInfo(bytes.subarray(bytes[0]! < 0x80 ? 1 : 2))).toEqual(info);
    }),
  );
});

test("reading random or damaged bytes gives a node info or a fault", () => {
  const valid = fromHex(knownBytes).subarray(2);
  const damaged = fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => {
    const bytes = valid.slice();
    bytes[at] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged), (bytes) => {
      try {
        readNodeInfo(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(PeerFault);
      }
    }),
    { numRuns: 500 },
  );
});

test("unknown fields are skipped, a field of another type is refused", () => {
  expect(readNodeInfo(fromHex(`${knownBytes.slice(4)}4801`))).toEqual(known);
  expect(() => readNodeInfo(fromHex("1001"))).toThrow(PeerFault);
});

const own: NodeInfo = { ...known, id: otherId };

test("a peer of the same network is accepted, whatever its other versions", () => {
  for (const info of [
    known,
    { ...known, listenAddress: "node.example.org:26656", software: "", txIndex: "", rpcAddress: "tcp://x:1" },
    { ...known, p2pVersion: 9n, appVersion: 1n, channels: Uint8Array.of(0x00) },
  ]) {
    expect(() => checkNodeInfo(info, id, own)).not.toThrow();
  }
});

const refused: [string, Partial<NodeInfo>, PeerFault["kind"]][] = [
  ["an id that is none", { id: "730A5EDC28C2F8DAF2D9DCE3A01D5F205E35E555" }, "handshake"],
  ["an id of another key", { id: otherId }, "identity"],
  ["no listen address", { listenAddress: "" }, "handshake"],
  ["a listen address without a port", { listenAddress: "tcp://127.0.0.1" }, "handshake"],
  ["a port above 65535", { listenAddress: "tcp://127.0.0.1:65536" }, "handshake"],
  ["a version that is not printable", { software: "0.37\n" }, "handshake"],
  ["17 channels", { channels: Uint8Array.from({ length: 17 }, (_, i) => i) }, "handshake"],
  ["a channel that comes twice", { channels: Uint8Array.of(1, 2, 1) }, "handshake"],
  ["an empty moniker", { moniker: "" }, "handshake"],
  ["a moniker of spaces", { moniker: "  " }, "handshake"],
  ["a moniker that is not ASCII", { moniker: "nöde" }, "handshake"],
  ["another word for tx_index", { txIndex: "maybe" }, "handshake"],
  ["an RPC address that is not printable", { rpcAddress: "\t" }, "handshake"],
  ["another block protocol", { blockVersion: 10n }, "incompatible"],
  ["another network", { network: "other" }, "incompatible"],
  ["no common channel", { channels: Uint8Array.of(0x7f) }, "incompatible"],
];

test.each(refused)("a peer with %s is refused", (_, change, kind) => {
  expect(() => checkNodeInfo({ ...known, ...change }, id, own)).toThrow(
    expect.objectContaining({ name: "PeerFault", kind }),
  );
});

test("we do not connect to ourselves", () => {
  expect(() => checkNodeInfo(known, id, known)).toThrow("this node itself");
});
