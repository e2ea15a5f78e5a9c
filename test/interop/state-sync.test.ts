import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toHex } from "../../src/codec/bytes.ts";
import { executable } from "../e2e/command.ts";
import {
  eventually,
  makeOfficialNetwork,
  type OfficialNetwork,
  type OfficialNode,
  officialBinary,
} from "./official-network.ts";

// Checkpoints of official nodes restored by ours, and ours by an official one.

const binary = officialBinary();

async function statusOf({ client }: OfficialNode) {
  return await client.call("Consensus", "GetStatus", null);
}

const socketOf = ({ dataDir }: OfficialNode) => `unix:${join(dataDir, "internal.sock")}`;
const p2pText = ({ peerText, p2pPort }: OfficialNode) =>
  `${peerText.slice(0, peerText.indexOf("@"))}@127.0.0.1:${p2pPort}`;

describe.skipIf(binary === null)("state sync", () => {
  let official: OfficialNetwork;
  let ours: OfficialNode;
  let theirs: OfficialNode;

  beforeAll(async () => {
    official = await makeOfficialNetwork(binary!, {
      validators: 2,
      genesisFlags: [
        ...["--consensus.state_checkpoint.interval", "10", "--consensus.state_checkpoint.num_kept", "20"],
        ...["--consensus.state_checkpoint.chunk_size", "1024"],
      ],
    });
    ours = await official.addNode("ours", "client");
    theirs = await official.addNode("official", "client");
    const [a, b] = official.validators;
    const checkpointer = { check_interval: "1s" };
    await a!.start({ consensus: { checkpointer } });
    await b!.start({ consensus: { checkpointer, p2p: { persistent_peers: [a!.peerText] } } });
    await eventually(async () => (await statusOf(a!)).latest_height > 25n);
  }, 240_000);

  afterAll(() => official[Symbol.asyncDispose]());

  /** The node has begun in the middle, has the validators' blocks, and follows the chain. */
  async function expectJoined(node: OfficialNode): Promise<void> {
    const { last_retained_height, latest_height } = await statusOf(node);
    expect(last_retained_height).toBeGreaterThan(10n);
    await eventually(async () => (await statusOf(node)).latest_height > latest_height + 5n);
    for (let height = last_retained_height; height <= latest_height; height++) {
      const [own, block] = await Promise.all(
        [node, official.validators[0]!].map(({ client }) => client.call("Consensus", "GetBlock", height)),
      );
      expect(toHex(own!.hash)).toBe(toHex(block!.hash));
      expect(toHex(own!.state_root.hash)).toBe(toHex(block!.state_root.hash));
    }
  }

  test("our node begins from a checkpoint of official ones", { timeout: 180_000 }, async () => {
    const [a, b] = official.validators;
    await ours.start(
      {
        consensus: {
          checkpointer: { check_interval: "1s" },
          p2p: { persistent_peers: [a!.peerText, b!.peerText] },
          state_sync: { enabled: true },
          light_client: { trust: { sources: [socketOf(a!), socketOf(b!)] } },
        },
        p2p: { connection_manager: { persistent_peers: [p2pText(a!), p2pText(b!)] } },
      },
      executable,
    );
    await ours.client.call("NodeController", "WaitSync", null);
    await expectJoined(ours);
  });

  test("an official node begins from a checkpoint of ours alone", { timeout: 240_000 }, async () => {
    const [a, b] = official.validators;
    // One of our own making.
    const { latest_height } = await statusOf(ours);
    await eventually(async () => (await statusOf(ours)).latest_height > latest_height + 15n);
    const block = await a!.client.call("Consensus", "GetBlock", 12n);
    await theirs.start({
      consensus: {
        p2p: { persistent_peers: [ours.peerText], disable_peer_exchange: true },
        state_sync: { enabled: true },
        light_client: { trust: { height: 12, hash: toHex(block.hash) } },
      },
      p2p: { connection_manager: { persistent_peers: [p2pText(ours), p2pText(a!), p2pText(b!)] } },
    });
    await theirs.client.call("NodeController", "WaitSync", null);
    const { p2p } = await statusOf(theirs);
    expect(p2p!.peers).toHaveLength(1);
    await expectJoined(theirs);
  });
});
