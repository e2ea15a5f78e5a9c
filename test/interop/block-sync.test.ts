import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChainStore } from "../../src/chain/chain-store.ts";
import { systemClock } from "../../src/chain/clock.ts";
import { BlockSync } from "../../src/chain/sync/block-sync.ts";
import { toBase64, toHex } from "../../src/codec/bytes.ts";
import { chainContext, cometChainId } from "../../src/config/genesis/chain-context.ts";
import { cometGenesis } from "../../src/config/genesis/comet-genesis.ts";
import { readGenesis } from "../../src/config/genesis/read-genesis.ts";
import { ConsensusApplication } from "../../src/consensus/application.ts";
import { DbStateStore } from "../../src/consensus/state-store.ts";
import { MemorySigner } from "../../src/crypto/memory-signer.ts";
import { memoryEnvironment } from "../../src/storage/environment/memory-environment.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";
import type { Document } from "../../src/types/genesis.ts";
import { type TestNode, testNode } from "../p2p/loopback-network.ts";
import { eventually, makeOfficialNetwork, type OfficialNetwork, officialBinary } from "./official-network.ts";

const BLOCKS = 60n;
const binary = officialBinary();

function openSync(genesis: Document) {
  const environment = memoryEnvironment();
  const logger = silentLogging.logger("chain");
  const signer = MemorySigner.generate();
  const application = new ConsensusApplication(
    {
      document: genesis,
      chainContext: chainContext(genesis),
      dontBlameOasis: true,
      allowTestKeys: false,
      minGasPrice: 0n,
    },
    {
      store: new DbStateStore(openNodeDb(environment, new Uint8Array(32), { discardWriteLogs: true })),
      logger,
      proposer: signer,
      ownTxSigner: signer.publicKey,
      attestation: null,
      observer: null,
    },
  );
  const store = new ChainStore(environment);
  const sync = new BlockSync({
    ...{
      genesis: cometGenesis(genesis, { debug: true }),
      environment,
      store,
      onCommitted: () => {},
      application,
      clock: systemClock,
      logger,
    },
  });
  return { sync, store };
}

describe.skipIf(binary === null)("block sync beside official nodes", () => {
  let official: OfficialNetwork;
  let genesis: Document;
  let ours: TestNode;
  let synced: ReturnType<typeof openSync>;

  beforeAll(async () => {
    official = await makeOfficialNetwork(binary!, { validators: 1, timeoutCommit: "1ms" });
    genesis = await readGenesis(official.genesisPath);
    const [validator] = official.validators;
    await validator!.start();
    await eventually(async () => {
      const status = await validator!.client.call("NodeController", "GetStatus", null);
      return status.consensus!.latest_height >= BLOCKS;
    });
    synced = openSync(genesis);
    ours = testNode({
      ...{ seed: 1, network: cometChainId(chainContext(genesis)), channel: false },
      moreChannels: [synced.sync.channel],
    });
    await ours.network.start();
  }, 240_000);

  afterAll(async () => {
    await ours.network.stop();
    await official[Symbol.asyncDispose]();
  });

  test("we fetch, check and execute every block of an official node, up to its head", async () => {
    const [validator] = official.validators;
    const done = synced.sync.run(AbortSignal.timeout(60_000));
    await ours.network.dial(validator!.address);
    const state = await done;
    expect(state.last_block_height).toBeGreaterThanOrEqual(BLOCKS - 1n);
    const height = state.last_block_height;
    const theirs = await validator!.client.call("Consensus", "GetBlock", height);
    expect(toHex(synced.store.block(height)!.hash)).toBe(toHex(theirs!.hash));
  }, 90_000);

  test("an official node fetches the chain from us alone", async () => {
    const { height } = synced.store;
    await official.validators[0]!.stop();
    const client = await official.addNode("client-0", "client");
    const text = `${toBase64(ours.signer.publicKey)}@127.0.0.1:${ours.address.port}`;
    await client.start({ consensus: { p2p: { persistent_peers: [text] } } });
    await eventually(async () => {
      const status = await client.client.call("NodeController", "GetStatus", null);
      return status.consensus!.latest_height >= height - 1n;
    });
    const theirs = await client.client.call("Consensus", "GetBlock", height - 1n);
    expect(toHex(theirs!.hash)).toBe(toHex(synced.store.block(height - 1n)!.hash));
  }, 90_000);
});
