import { expect, test } from "vitest";
import { toBase64 } from "../codec/bytes.ts";
import { parseConfig } from "../config/load-config.ts";
import { testSigner } from "../crypto/memory-signer.ts";
import { nodeIdOf } from "../p2p/comet/node-id.ts";
import { formatAddress } from "../types/address.ts";
import { consensusPeerOptions, registeredConsensusAddresses } from "./peer-options.ts";

const key = testSigner("peer").publicKey;
const upstreamKey = testSigner("upstream").publicKey;
const id = nodeIdOf(key);
const hexId = "e27f6b7a350b4cc2b48a6cbe94b0a02b0dcb0bf3";
const config = (yaml: string) => parseConfig(yaml, "config.yml", { workingDirectory: "/w" }).config;
const options = (yaml: string) => consensusPeerOptions(config(yaml));

test("every key of the 26.1 form", () => {
  const built = options(`
common: { data_dir: /node }
genesis: { file: g.json }
consensus:
  listen_address: tcp://127.0.0.1:1000
  external_address: tcp://203.0.113.7:1001
  p2p:
    max_num_inbound_peers: 7
    max_num_outbound_peers: 8
    send_rate: 1000
    recv_rate: 2000
    persistent_peers: ["${toBase64(key)}@203.0.113.8:26656"]
    unconditional_peers: ["${toBase64(key)}"]
    disable_peer_exchange: true
    persistent_peers_max_dial_period: 9s
  sentry_upstream_addresses: ["${toBase64(upstreamKey)}@10.0.0.1:26656"]
  debug: { addr_book_lenient: true, allow_duplicate_ip: true }
p2p: { seeds: ["${toBase64(key)}@203.0.113.9:26656"] }
debug: { dont_blame_oasis: true }
`);
  const upstream = { id: nodeIdOf(upstreamKey), host: "10.0.0.1", port: 26656 };
  expect(built).toMatchObject({
    ...{ listen: { host: "127.0.0.1", port: 1000 }, externalAddress: "tcp://203.0.113.7:1001" },
    ...{ maxInbound: 7, maxOutbound: 8, exchange: "none", persistentMaxPauseMs: 9000 },
    connection: { sendRate: 1000, receiveRate: 2000 },
    seeds: [{ id, host: "203.0.113.9", port: 26656 }],
    persistentPeers: [{ id, host: "203.0.113.8", port: 26656 }, upstream],
    ...{ isAddressBookStrict: false, allowsDuplicateIp: true, learnsFromGenesis: false, txIndex: "off" },
    addressBookPath: "/node/consensus/config/addrbook.json",
  });
  expect(built.unconditionalIds).toEqual(new Set([id, upstream.id]));
  expect(built.privateIds).toEqual(new Set([upstream.id]));
});

test("the 21.x form, with ids instead of keys", () => {
  const built = options(`
datadir: /node
genesis.file: g.json
consensus:
  tendermint:
    core: { listen_address: "tcp://0.0.0.0:26656" }
    p2p:
      seed: ["${hexId.toUpperCase()}@seed.example.org:26656"]
      persistent_peer: ["${hexId}@tcp://203.0.113.8:26656"]
      unconditional_peer_ids: ["${hexId}"]
      max_num_inbound_peers: 5
    debug: { allow_duplicate_ip: true }
`);
  expect(built).toMatchObject({
    seeds: [{ id: hexId, host: "seed.example.org", port: 26656 }],
    persistentPeers: [{ id: hexId, host: "203.0.113.8", port: 26656 }],
    ...{ maxInbound: 5, exchange: "node", isAddressBookStrict: true },
    // Not without debug.dont_blame_oasis.
    allowsDuplicateIp: false,
  });
  expect(built.unconditionalIds).toEqual(new Set([hexId]));
});

test("a seed", () => {
  const built = options(`
mode: seed
common: { data_dir: /node }
genesis: { file: g.json }
consensus: { external_address: "tcp://203.0.113.7:1001", p2p: { persistent_peers: ["${hexId}@1.2.3.4:5"] } }
`);
  expect(built).toMatchObject({
    ...{ exchange: "seed", txIndex: "", externalAddress: "", persistentPeers: [] },
    ...{ allowsDuplicateIp: true, learnsFromGenesis: true },
    addressBookPath: "/node/seed/config/addrbook.json",
  });
});

test.each([
  ["the external one", `external_address: "tcp://203.0.113.7:1001"`, ["203.0.113.7:1001"]],
  ["else the one to listen on", `listen_address: "tcp://203.0.113.9:1002"`, ["203.0.113.9:1002"]],
  ["none that is a name", `external_address: "tcp://node.example.org:1"`, []],
  ["none when it does not listen", `listen_address: ""`, []],
])("it registers %s", (_, consensus, expected) => {
  const yaml = `common: { data_dir: /node }\ngenesis: { file: g.json }\nconsensus: { ${consensus} }\n`;
  expect(registeredConsensusAddresses(config(yaml)).map(formatAddress)).toEqual(expected);
});

test("behind sentries it registers no address of its own", () => {
  const yaml = `common: { data_dir: /node }\ngenesis: { file: g.json }\nruntime: { sentry_addresses: ["${toBase64(key)}@10.0.0.1:9009"] }\n`;
  expect(registeredConsensusAddresses(config(yaml))).toEqual([]);
});

test("listening on no address", () => {
  const built = options(
    'common: { data_dir: /node }\ngenesis: { file: g.json }\nconsensus: { listen_address: "" }',
  );
  expect(built.listen).toBeNull();
});
