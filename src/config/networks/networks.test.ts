import { describe, expect, test } from "vitest";
import { parsePublicKey } from "../../types/address.ts";
import { splitHostPort } from "../../types/ip.ts";
import { ConfigError } from "../config-error.ts";
import { GenesisError } from "../genesis/genesis-error.ts";
import { parseConfig } from "../load-config.ts";
import {
  knownNetworks,
  networkByName,
  networkName,
  networkOfChainContext,
  paraTimeName,
} from "./known-networks.ts";
import { localnet } from "./localnet.ts";
import { mainnet } from "./mainnet.ts";
import { missingDocument, requireNetwork } from "./require-network.ts";
import { classicSeedAddresses, seedAddresses } from "./seed-addresses.ts";
import { testnet } from "./testnet.ts";

const HEX_64 = /^[0-9a-f]{64}$/;

describe.each(knownNetworks.map((network) => [network.name, network] as const))("%s", (name, network) => {
  test("is found by its name and by its chain context", () => {
    expect(networkByName(name)).toBe(network);
    if (network.chainContext === null) return;
    expect(network.chainContext).toMatch(HEX_64);
    expect(networkOfChainContext(network.chainContext)).toBe(network);
  });

  test("has identifiers, keys and addresses of the right form", () => {
    const ids = network.paraTimes.map(({ id }) => id);
    for (const id of [...ids, ...(network.keyManager === null ? [] : [network.keyManager])]) {
      expect(id).toMatch(HEX_64);
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(network.paraTimes.map((paraTime) => paraTime.name)).size).toBe(ids.length);
    for (const { publicKey, host } of network.seeds) {
      expect(parsePublicKey(publicKey)).not.toBeNull();
      expect(splitHostPort(`${host}:1`)).toEqual({ host, port: "1" });
    }
    if (network.genesis !== null) expect(network.genesis.sha256).toMatch(HEX_64);
  });
});

test("seeds have the ids that the 21.x documentation gives them", () => {
  // facts/classic-config.md 4.2: the key of this seed and its id.
  expect(classicSeedAddresses(mainnet)[0]).toBe(
    "e27f6b7a350b4cc2b48a6cbe94b0a02b0dcb0bf3@34.187.216.34:26656",
  );
  expect(seedAddresses(mainnet).slice(0, 2)).toEqual([
    "H6u9MtuoWRKn5DKSgarj/dzr2Z9BsjuRHgRAoXITOcU=@34.187.216.34:26656",
    "H6u9MtuoWRKn5DKSgarj/dzr2Z9BsjuRHgRAoXITOcU=@34.187.216.34:9200",
  ]);
});

test("ParaTimes have names on their own network only", () => {
  const [sapphire] = mainnet.paraTimes;
  expect(paraTimeName(mainnet, sapphire.id)).toBe("sapphire");
  expect(paraTimeName(testnet, sapphire.id)).toBeNull();
});

test("a node's network is called by its genesis document, else as the configuration does", () => {
  expect(networkName(testnet.chainContext, null)).toBe("testnet");
  expect(networkName("ab".repeat(32), localnet)).toBe("localnet");
  expect(networkName("ab".repeat(32), null)).toBe("");
});

describe("a genesis document under a network's name", () => {
  const other = "ab".repeat(32);

  test.each([
    [mainnet, mainnet.chainContext],
    [testnet, testnet.chainContext],
    [localnet, other],
  ])("is taken when it is the network's", (network, context) => {
    expect(() => requireNetwork(network, context, "genesis.json")).not.toThrow();
  });

  test.each([
    [mainnet, testnet.chainContext, "(Testnet)", 'set "network: testnet"'],
    [mainnet, other, mainnet.genesis.url, 'leave out "network"'],
    [testnet, other, testnet.genesis.sha256, testnet.chainContext],
    [localnet, mainnet.chainContext, "(Mainnet)", 'set "network: mainnet"'],
  ])("is refused otherwise, with both chain contexts and what to do", (network, context, ...words) => {
    const refuse = () => requireNetwork(network, context, "/node/etc/genesis.json");
    expect(refuse).toThrow(GenesisError);
    for (const word of [...words, context, network.title, "/node/etc/genesis.json"]) {
      expect(refuse).toThrow(word);
    }
  });
});

test("a missing genesis document is answered with where to get it", () => {
  const { message } = missingDocument(mainnet, "/node/etc/genesis.json");
  expect(message).toContain("/node/etc/genesis.json: no such file");
  expect(message).toContain(mainnet.genesis.url);
  expect(missingDocument(localnet, "g.json").message).toContain("oasis-node localnet");
});

describe("the configuration key", () => {
  const base = "common: {data_dir: /d}\n";

  test("brings the network's seeds where none are given", () => {
    const { config } = parseConfig(`${base}network: mainnet\n`, "config.yml");
    expect(config.p2p.seeds).toEqual(seedAddresses(mainnet));
    expect(parseConfig(base, "config.yml").config.p2p.seeds).toEqual([]);
  });

  test("leaves configured seeds alone, of either form", () => {
    const own = `${testnet.seeds[0].publicKey}@203.0.113.7:26656`;
    const current = parseConfig(`${base}network: mainnet\np2p: {seeds: ["${own}"]}\n`, "config.yml");
    expect(current.config.p2p.seeds).toEqual([own]);
    const id = "0123456789abcdef0123456789abcdef01234567";
    const classic = `network: mainnet\nconsensus: {p2p: {seeds: ["${id}@203.0.113.7:26656"]}}\n`;
    expect(parseConfig(base + classic, "config.yml").config.p2p.seeds).toEqual([]);
  });

  test("refuses a name that no network has", () => {
    const read = () => parseConfig(`${base}network: mainet\n`, "config.yml");
    expect(read).toThrow(ConfigError);
    expect(read).toThrow("mainnet");
  });
});
