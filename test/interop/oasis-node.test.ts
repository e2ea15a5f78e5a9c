import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BLOCK_ID_FLAG, Commit } from "../../src/chain/commit.ts";
import { Header } from "../../src/chain/header.ts";
import { consensusAddress } from "../../src/chain/validator.ts";
import { decode as decodeProto } from "../../src/chain/wire.ts";
import { formatAddress } from "../../src/codec/address.ts";
import { equal, toHex } from "../../src/codec/bytes.ts";
import { decode } from "../../src/codec/schema.ts";
import { readGenesis } from "../../src/config/genesis/read-genesis.ts";
import { loadIdentity } from "../../src/crypto/identity.ts";
import { stakingAddress } from "../../src/types/account-address.ts";
import { BlockMeta } from "../../src/types/api-consensus.ts";
import type { Document } from "../../src/types/genesis.ts";
import { alice, bob } from "../consensus-network.ts";
import { executable } from "../e2e/command.ts";
import { transfer } from "../network/transfer.ts";
import {
  eventually,
  makeOfficialNetwork,
  type OfficialNetwork,
  type OfficialNode,
  officialBinary,
} from "./official-network.ts";

// The whole program, as an operator starts it, in a network of official nodes.

const BLOCKS = 60n;
const binary = officialBinary();

async function heightOf({ client }: OfficialNode): Promise<bigint> {
  return (await client.call("Consensus", "GetStatus", null)).latest_height;
}

describe.skipIf(binary === null)("oasis-node --config beside official nodes", () => {
  let official: OfficialNetwork;
  let genesis: Document;
  let officialSeed: OfficialNode;
  let ourSeed: OfficialNode;
  let ourClient: OfficialNode;
  let officialClient: OfficialNode;
  let ours: OfficialNode;
  let theirs: readonly OfficialNode[];

  beforeAll(async () => {
    official = await makeOfficialNetwork(binary!, {
      validators: 4,
      funded: [formatAddress(stakingAddress(alice.publicKey))],
    });
    genesis = await readGenesis(official.genesisPath);
    officialSeed = await official.addNode("official-seed", "seed");
    ourSeed = await official.addNode("our-seed", "seed");
    ourClient = await official.addNode("our-client", "client");
    officialClient = await official.addNode("official-client", "client");
    theirs = official.validators.slice(0, 3);
    ours = official.validators[3]!;
    await officialSeed.start();
    await ourSeed.start({}, executable);
    const seeds = [officialSeed.peerText];
    for (const node of theirs) await node.start({ p2p: { seeds } });
    await ours.start({ p2p: { seeds } }, executable);
  }, 240_000);

  afterAll(() => official[Symbol.asyncDispose]());

  test("our validator finds the others by the official seed, and proposes and signs its share", async () => {
    await eventually(async () => (await heightOf(ours)) > BLOCKS);
    const { consensus } = await ours.client.call("NodeController", "GetStatus", null);
    expect(consensus).toMatchObject({ status: 0, is_validator: true });
    const { publicKey } = loadIdentity({ dataDir: ours.dataDir, now: new Date() }).consensus;
    const own = consensusAddress(publicKey);
    let signed = 0;
    let proposed = 0;
    for (let height = 2n; height <= BLOCKS; height++) {
      const block = await theirs[0]!.client.call("Consensus", "GetBlock", height);
      expect(toHex((await ours.client.call("Consensus", "GetBlock", height)).hash)).toBe(toHex(block.hash));
      const meta = decode(BlockMeta, block.meta);
      if (equal(decodeProto(Header, meta.header!).proposer_address, own)) proposed += 1;
      const { signatures } = decodeProto(Commit, meta.last_commit!);
      const mine = signatures.find(({ validator_address }) => equal(validator_address, own));
      if (mine?.block_id_flag === BLOCK_ID_FLAG.commit) signed += 1;
    }
    console.log(`of ${BLOCKS - 1n} blocks ${signed} signed and ${proposed} proposed by ours`);
    expect(signed).toBeGreaterThan(40);
    expect(proposed).toBeGreaterThan(10);
  }, 240_000);

  test("our client, which names an official node in the 21.x spelling, fetches the chain and follows", async () => {
    const { id, host, port } = theirs[0]!.address;
    await ourClient.start(
      { consensus: { p2p: { persistent_peers: [`${id}@${host}:${port}`] } } },
      executable,
    );
    await ourClient.client.call("NodeController", "WaitSync", null);
    const head = await heightOf(ourClient);
    expect(head).toBeGreaterThanOrEqual(BLOCKS);
    await eventually(async () => (await heightOf(ourClient)) > head + 5n);
  }, 90_000);

  test("an official client finds the network by our seed", async () => {
    // It hears of the validators, which our seed has from the genesis document.
    await officialClient.start({ p2p: { seeds: [ourSeed.peerText] } });
    await eventually(async () => (await heightOf(officialClient)) >= BLOCKS);
    const { seed } = await ourSeed.client.call("NodeController", "GetStatus", null);
    expect(seed!.addresses).toContain(ourSeed.peerText);
  }, 90_000);

  test("an official client fetches the chain from ours alone", async () => {
    const lone = await official.addNode("lone-client", "client");
    const p2p = { persistent_peers: [ourClient.peerText], disable_peer_exchange: true };
    await lone.start({ consensus: { p2p } });
    await eventually(async () => (await heightOf(lone)) >= BLOCKS);
    const [theirBlock, block] = await Promise.all(
      [lone, ours].map(({ client }) => client.call("Consensus", "GetBlock", BLOCKS)),
    );
    expect(toHex(theirBlock!.hash)).toBe(toHex(block!.hash));
    await lone.stop();
  }, 90_000);

  test("a transaction that is sent to either side is included by the other", async () => {
    const owner = stakingAddress(bob.publicKey);
    const balance = async (node: OfficialNode) => {
      return (await node.client.call("Staking", "Account", { height: 0n, owner })).general.balance;
    };
    const places = [ourClient, theirs[1]!, ours, officialClient];
    for (const [nonce, node] of places.entries()) {
      await node.client.call("Consensus", "SubmitTx", transfer(genesis, BigInt(nonce)));
      for (const other of places) {
        await eventually(async () => (await balance(other)) === BigInt(nonce + 1));
      }
    }
  }, 90_000);

  test("with an official validator gone the rest goes on", async () => {
    await theirs[2]!.stop("SIGKILL");
    const head = await heightOf(ours);
    await eventually(async () => (await heightOf(ours)) > head + 10n);
  }, 90_000);

  test("our validator comes back after a SIGKILL, and signs what comes then", async () => {
    await ours.stop("SIGKILL");
    const stood = await heightOf(theirs[0]!);
    await ours.start({ p2p: { seeds: [officialSeed.peerText] } }, executable);
    // Two of four cannot go on alone.
    await eventually(async () => (await heightOf(theirs[0]!)) > stood + 10n);
  }, 90_000);
});
