import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toHex } from "../../src/codec/bytes.ts";
import { executable } from "../e2e/command.ts";
import { compareAnswers } from "../e2e/stateless-node.ts";
import {
  eventually,
  makeOfficialNetwork,
  type OfficialNetwork,
  type OfficialNode,
  officialBinary,
} from "./official-network.ts";

// Nodes without a consensus state: ours asks official ones, an official one asks ours.

const binary = officialBinary();

const socketOf = ({ dataDir }: OfficialNode) => `unix:${join(dataDir, "internal.sock")}`;
const p2pText = ({ peerText, p2pPort }: OfficialNode) =>
  `${peerText.slice(0, peerText.indexOf("@"))}@127.0.0.1:${p2pPort}`;
const heightOf = ({ client }: OfficialNode) => client.call("Consensus", "GetLatestHeight", null);

describe.skipIf(binary === null)("stateless clients", () => {
  let official: OfficialNetwork;
  /** Ours, with the state. */
  let full: OfficialNode;
  let trust: { height: number; hash: string };

  beforeAll(async () => {
    official = await makeOfficialNetwork(binary!, { validators: 2 });
    full = await official.addNode("full", "client");
    const [a, b] = official.validators;
    await a!.start();
    await b!.start({ consensus: { p2p: { persistent_peers: [a!.peerText] } } });
    await full.start(
      {
        consensus: { p2p: { persistent_peers: [a!.peerText, b!.peerText] } },
        p2p: { connection_manager: { persistent_peers: [p2pText(a!), p2pText(b!)] } },
      },
      executable,
    );
    await full.client.call("NodeController", "WaitSync", null);
    await eventually(async () => (await heightOf(full)) > 12n);
    const block = await a!.client.call("Consensus", "GetBlock", 10n);
    trust = { height: 10, hash: toHex(block.hash) };
  }, 240_000);

  afterAll(() => official?.[Symbol.asyncDispose]());

  test("ours asks official nodes, and answers as they do", { timeout: 240_000 }, async () => {
    const [a, b] = official.validators;
    const ours = await official.addNode("ours", "client");
    const consensus = {
      local_storage: false,
      providers: [socketOf(a!), socketOf(b!)],
      light_client: { trust: { period: "24h", ...trust } },
    };
    await ours.start({ consensus }, executable, false);
    await ours.client.call("NodeController", "WaitSync", null);
    const latest = await heightOf(ours);
    await eventually(async () => (await heightOf(a!)) > latest + 1n);
    for (const height of [latest, 5n]) {
      const { compared, differences } = await compareAnswers(a!.client, ours.client, height);
      expect(differences).toEqual([]);
      expect(compared).toBeGreaterThan(80);
    }
    let watched = 0;
    for await (const _ of ours.client.watch("Consensus", "WatchBlocks", null)) if (++watched === 3) break;
    const { stateless } = await ours.client.call("NodeController", "GetStatus", null);
    for (const { wrong_answers } of stateless!.providers!) expect(wrong_answers).toBe(0n);
  });

  test("an official one asks ours alone, and answers as it does", { timeout: 240_000 }, async () => {
    const [a, b] = official.validators;
    const theirs = await official.addNode("theirs", "client");
    const consensus = {
      local_storage: false,
      providers: [socketOf(full)],
      light_client: { trust: { period: "24h", ...trust } },
    };
    // Its light client asks the peers of the other network.
    const persistent_peers = [full, a!, b!].map(p2pText);
    await theirs.start({ consensus, p2p: { connection_manager: { persistent_peers } } }, binary!, false);
    await eventually(async () => {
      try {
        return (await heightOf(theirs)) > 12n;
      } catch {
        return false;
      }
    });
    const latest = await heightOf(theirs);
    await eventually(async () => (await heightOf(full)) > latest + 1n);
    const { compared, differences } = await compareAnswers(full.client, theirs.client, latest);
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(80);
    let watched = 0;
    for await (const _ of theirs.client.watch("Consensus", "WatchBlocks", null)) if (++watched === 3) break;
  });
});
