import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromHex, toBase64, toHex } from "../../src/codec/bytes.ts";
import { chainContext, cometChainId } from "../../src/config/genesis/chain-context.ts";
import { readGenesis } from "../../src/config/genesis/read-genesis.ts";
import type { Channel } from "../../src/p2p/comet/channel.ts";
import { systemRandom } from "../../src/p2p/comet/random.ts";
import { settled } from "../p2p/duplex-pair.ts";
import { type TestNode, type TestNodeOptions, testNode } from "../p2p/loopback-network.ts";
import { eventually, makeOfficialNetwork, type OfficialNetwork, officialBinary } from "./official-network.ts";

/** Channels of a full node besides block sync, which test nodes have anyway (cometbft.md 2.3). */
const otherChannels = [0x20, 0x21, 0x22, 0x23, 0x30, 0x38];
const STATUS_REQUEST = fromHex("2200");

const binary = officialBinary();

describe.skipIf(binary === null)("beside official nodes", () => {
  let official: OfficialNetwork;
  let network: string;
  const nodes: TestNode[] = [];

  beforeAll(async () => {
    official = await makeOfficialNetwork(binary!, { validators: 1 });
    network = cometChainId(chainContext(await readGenesis(official.genesisPath)));
    await official.validators[0]!.start();
  }, 240_000);

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.network.stop()));
    await official[Symbol.asyncDispose]();
  });

  async function start(options: TestNodeOptions): Promise<TestNode & { heard: Map<number, string[]> }> {
    const heard = new Map<number, string[]>();
    const listen = (id: number): Channel => ({
      ...{ id, priority: 5, sendQueue: 100, receiveCap: 1_048_584 },
      onMessage: (_, message) => heard.set(id, [...(heard.get(id) ?? []), toHex(message)]),
    });
    const node = testNode({
      network,
      moreChannels: otherChannels.map(listen),
      random: systemRandom,
      ...options,
    });
    nodes.push(node);
    await node.network.start();
    return Object.assign(node, { heard });
  }

  test("we dial it, say who we are, and hear of its height and round", async () => {
    const ours = await start({ seed: 1 });
    const peer = await ours.network.dial(official.validators[0]!.address);
    expect(peer.nodeInfo).toMatchObject({ network, software: "0.37.16", blockVersion: 11n, txIndex: "off" });
    expect(toHex(peer.nodeInfo.channels)).toBe("40202122233038606100");
    peer.trySend(0x40, STATUS_REQUEST);
    await ours.until(() => ours.messages.length >= 2);
    // StatusResponse: unasked on connecting, and asked.
    for (const { message } of ours.messages) expect(toHex(message)).toMatch(/^2a04?/);
    while (!(ours.heard.get(0x20) ?? []).some((message) => message.startsWith("0a"))) await settled(1);
    expect(ours.gone).toEqual([]);
  });

  test("it dials us and stays", async () => {
    const ours = await start({ seed: 2 });
    const client = await official.addNode("client-0", "client");
    const text = `${toBase64(ours.signer.publicKey)}@127.0.0.1:${ours.address.port}`;
    await client.start({ consensus: { p2p: { persistent_peers: [text] } } });
    await ours.until(() => ours.network.peers.length === 1);
    expect(ours.network.peers[0]).toMatchObject({ id: client.address.id, direction: "inbound" });
    await ours.until(() => ours.messages.length > 0);
    await client.stop();
    await ours.until(() => ours.gone.length === 1);
  }, 240_000);

  test("an official seed tells us of a validator, and ours tells an official node", async () => {
    const [validator] = official.validators;
    const seed = await official.addNode("seed-0", "seed");
    await seed.start({ consensus: { p2p: {} }, p2p: { seeds: [validator!.peerText] } });
    const learner = await start({ seed: 3, exchange: "node", seeds: [seed.address] });
    await learner.until(() => learner.network.peers.some(({ id }) => id === validator!.address.id));

    const oursAsSeed = await start({ seed: 4, exchange: "seed", persistentPeers: [validator!.address] });
    await oursAsSeed.until(() => oursAsSeed.network.peers.length > 0);
    const client = await official.addNode("client-1", "client");
    const text = `${toBase64(oursAsSeed.signer.publicKey)}@127.0.0.1:${oursAsSeed.address.port}`;
    await client.start({ p2p: { seeds: [text] } });
    const asked = () => oursAsSeed.gone.some(({ peer }) => peer.id === client.address.id);
    await oursAsSeed.until(asked);
    await eventually(async () => {
      const { consensus } = await client.client.call("NodeController", "GetStatus", null);
      return consensus!.p2p!.peers!.some((peer) => peer.startsWith(validator!.address.id));
    });
  }, 240_000);
});
