import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { toHex } from "../../src/codec/bytes.ts";
import { loadPublicKey } from "../../src/crypto/key-file.ts";
import { peerIdBytes, peerIdOf } from "../../src/p2p/libp2p/peer-id.ts";
import { oasisNode } from "../e2e/command.ts";
import { eventually } from "../interop/official-network.ts";
import { makeNodeNetwork, type NetworkNode, type NodeNetwork, reached, sameChain } from "./node-network.ts";

// Three validators that make checkpoints, and nodes that begin from them.

let network: NodeNetwork;

beforeAll(async () => {
  network = await makeNodeNetwork({
    validators: 3,
    clients: 5,
    seed: true,
    change: ({ consensus: { params } }) => {
      params.state_checkpoint_interval = 8n;
      params.state_checkpoint_num_kept = 4n;
      params.state_checkpoint_chunk_size = 1024n;
    },
  });
  await network.seed!.start();
  const checkpointer = { check_interval: "1s" };
  await Promise.all(network.validators.map((node) => node.start({ consensus: { checkpointer } })));
  await reached(network.validators, 24n);
}, 240_000);
afterAll(() => network[Symbol.asyncDispose]());

const socketOf = ({ dataDir }: NetworkNode) => `unix:${join(dataDir, "internal.sock")}`;

/** Starts a node with a part of the configuration, and checks that it begins in the middle and follows the chain. */
async function joins(
  node: NetworkNode,
  trust: Record<string, unknown>,
  p2p: Record<string, unknown> = {},
): Promise<void> {
  await node.start({ consensus: { state_sync: { enabled: true }, light_client: { trust } }, p2p });
  await node.client.call("NodeController", "WaitSync", null);
  const { consensus } = await node.status();
  expect(consensus!.last_retained_height).toBeGreaterThan(8n);
  const head = await node.height();
  await reached([node], head + 5n);
  const [validator] = network.validators;
  for (let height = consensus!.last_retained_height; height <= head; height++) {
    expect(await node.block(height)).toBe(await validator!.block(height));
  }
}

test("with a trust root of two nodes that agree", { timeout: 180_000 }, async () => {
  const [client] = network.clients;
  const [a, b] = network.validators;
  await joins(client!, { sources: [socketOf(a!), socketOf(b!)] });
});

test("it goes on with its blocks after a restart, and serves blocks and state", {
  timeout: 180_000,
}, async () => {
  const [client] = network.clients;
  await client!.stop();
  await client!.start();
  await client!.client.call("NodeController", "WaitSync", null);
  const head = await client!.height();
  await reached([client!], head + 3n);
  const { total_supply } = network.document.staking;
  expect(await client!.client.call("Staking", "TotalSupply", 0n)).toBe(total_supply);
});

test("with a configured trust root, light blocks by peers of the libp2p network", {
  timeout: 180_000,
}, async () => {
  const [, client] = network.clients;
  const [validator] = network.validators;
  const { hash } = await validator!.client.call("Consensus", "GetBlock", 5n);
  const persistent_peers = network.validators.map(({ p2pText }) => p2pText);
  const trust = { height: 5, hash: toHex(hash) };
  await joins(client!, trust, { connection_manager: { persistent_peers } });
});

test("knowing a seed alone, it finds peers of both networks, and by their light blocks the checkpoint", {
  timeout: 240_000,
}, async () => {
  const client = network.clients[3]!;
  const [validator] = network.validators;
  const { hash } = await validator!.client.call("Consensus", "GetBlock", 5n);
  await joins(client, { height: 5, hash: toHex(hash) });
  const { light_client } = await client.status();
  expect(light_client!.peer_ids!.length).toBeGreaterThan(0);
});

test("knowing a seed by its consensus port alone, it says what is missing", {
  timeout: 240_000,
}, async () => {
  const client = network.clients[4]!;
  const { peerText, dataDir } = network.seed!;
  const { hash } = await network.validators[0]!.client.call("Consensus", "GetBlock", 5n);
  await client.start({
    consensus: { state_sync: { enabled: true }, light_client: { trust: { height: 5, hash: toHex(hash) } } },
    p2p: { seeds: [peerText] },
  });
  let status = await client.status();
  await eventually(async () => {
    status = await client.status();
    return (
      status.p2p!.unreachable !== null &&
      (status.waiting ?? []).some(({ remedy }) => /p2p\.seeds/.test(remedy))
    );
  });
  const seed = peerIdOf(loadPublicKey(join(dataDir, "p2p_pub.pem")));
  expect(status.p2p!.unreachable!.map(({ peer_id }) => peer_id && toHex(peer_id))).toContain(
    toHex(peerIdBytes(seed)),
  );
  await client.stop();
});

test("the trust root of two nodes as a command prints it is one to configure", async () => {
  const [a, b] = network.validators;
  const { code, stdout, stderr } = await oasisNode([
    ...["consensus", "trust_root", "--height", "6", socketOf(a!), socketOf(b!)],
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { hash } = await a!.client.call("Consensus", "GetBlock", 6n);
  expect(parse(stdout)).toEqual({ consensus: { light_client: { trust: { height: 6, hash: toHex(hash) } } } });
});

test("a trust root of another chain is refused, with both hashes", { timeout: 180_000 }, async () => {
  const [, , client] = network.clients;
  const [a, b] = network.validators;
  const wrong = "ab".repeat(32);
  await client!.start({
    consensus: {
      state_sync: { enabled: true },
      light_client: { trust: { height: 5, hash: wrong, sources: [socketOf(a!), socketOf(b!)] } },
    },
  });
  const { hash } = await a!.client.call("Consensus", "GetBlock", 5n);
  expect(await client!.process!.exited).toBe(1);
  expect(client!.process!.stderr).toContain(wrong);
  expect(client!.process!.stderr).toContain(toHex(hash));
});

test("the network is of one mind", async () => {
  const head = await network.validators[0]!.height();
  await sameChain(network.validators, head > 30n ? head - 30n : 1n);
});
