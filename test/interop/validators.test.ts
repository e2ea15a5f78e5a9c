import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChainEngine } from "../../src/chain/chain-engine.ts";
import { systemClock } from "../../src/chain/clock.ts";
import { BLOCK_ID_FLAG } from "../../src/chain/commit.ts";
import { ConsensusReactor } from "../../src/chain/gossip/consensus-reactor.ts";
import { EvidenceReactor } from "../../src/chain/gossip/evidence-reactor.ts";
import { MempoolReactor } from "../../src/chain/gossip/mempool-reactor.ts";
import { DEFAULT_MEMPOOL_OPTIONS } from "../../src/chain/mempool.ts";
import { ROUND_TIMEOUTS } from "../../src/chain/rounds/timing.ts";
import { consensusAddress } from "../../src/chain/validator.ts";
import { toHex } from "../../src/codec/bytes.ts";
import { chainContext, cometChainId } from "../../src/config/genesis/chain-context.ts";
import { cometGenesis } from "../../src/config/genesis/comet-genesis.ts";
import { readGenesis } from "../../src/config/genesis/read-genesis.ts";
import { ConsensusApplication } from "../../src/consensus/application.ts";
import { DbStateStore } from "../../src/consensus/state-store.ts";
import { loadIdentity } from "../../src/crypto/identity.ts";
import { systemRandom } from "../../src/p2p/comet/random.ts";
import { memoryEnvironment } from "../../src/storage/environment/memory-environment.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";
import type { Document } from "../../src/types/genesis.ts";
import { type TestNode, testNode } from "../p2p/loopback-network.ts";
import { eventually, makeOfficialNetwork, type OfficialNetwork, officialBinary } from "./official-network.ts";

const BLOCKS = 100n;
const TIMEOUT_COMMIT_MS = 200;
const binary = officialBinary();

/** A validator of ours with the keys in a data directory that the official tools set up. */
function openValidator(genesis: Document, dataDir: string) {
  const identity = loadIdentity({ dataDir, now: new Date() });
  const environment = memoryEnvironment();
  const logger = silentLogging.logger("chain");
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
      proposer: identity.consensus,
      ownTxSigner: identity.node.publicKey,
      attestation: null,
      observer: null,
    },
  );
  const directory = join(dataDir, "qanat");
  mkdirSync(directory);
  const pacing = {
    kind: "network",
    timeoutCommitMs: TIMEOUT_COMMIT_MS,
    skipTimeoutCommit: false,
    emptyBlockIntervalMs: 0,
  } as const;
  const engine = new ChainEngine(
    {
      genesis: cometGenesis(genesis, { debug: true }),
      timing: { ...ROUND_TIMEOUTS, pacing },
      mempool: DEFAULT_MEMPOOL_OPTIONS,
      directory,
    },
    { environment, application, signer: identity.consensus, clock: systemClock, logger },
  );
  const deps = { engine, clock: systemClock, random: systemRandom, logger };
  const consensus = new ConsensusReactor(deps);
  const peerHeight = (id: string) => consensus.peerHeight(id);
  const mempool = new MempoolReactor({ ...deps, peerHeight });
  const evidence = new EvidenceReactor({ ...deps, peerHeight });
  const address = consensusAddress(identity.consensus.publicKey);
  const channels = [...consensus.channels, mempool.channel, evidence.channel];
  return { engine, reactors: [consensus, mempool, evidence], channels, address };
}

describe.skipIf(binary === null)("a validator beside official ones", () => {
  let official: OfficialNetwork;
  let network: TestNode;
  let ours: ReturnType<typeof openValidator>;
  const controller = new AbortController();

  beforeAll(async () => {
    official = await makeOfficialNetwork(binary!, { validators: 4, timeoutCommit: `${TIMEOUT_COMMIT_MS}ms` });
    const genesis = await readGenesis(official.genesisPath);
    const [first, second, third, last] = official.validators;
    const peers = [first!, second!, third!];
    for (const node of peers) {
      const others = peers.filter((other) => other !== node).map(({ peerText }) => peerText);
      await node.start({ consensus: { p2p: { persistent_peers: others } } });
    }
    ours = openValidator(genesis, last!.dataDir);
    network = testNode({
      ...{ seed: 1, network: cometChainId(chainContext(genesis)), channel: false },
      moreChannels: ours.channels,
      persistentPeers: peers.map(({ address }) => address),
    });
    ours.engine.start(controller.signal);
    for (const reactor of ours.reactors) reactor.start();
    await network.network.start();
  }, 240_000);

  afterAll(async () => {
    for (const reactor of ours.reactors) reactor.stop();
    controller.abort();
    await network.network.stop();
    await official[Symbol.asyncDispose]();
  });

  test("it proposes its share and signs the blocks, which all agree on", async () => {
    await eventually(() => ours.engine.latestHeight > BLOCKS);
    let proposed = 0;
    let signed = 0;
    for (let height = 1n; height <= BLOCKS; height++) {
      const { block, hash } = ours.engine.blockAt(height)!;
      const theirs = await official.validators[0]!.client.call("Consensus", "GetBlock", height);
      expect(toHex(theirs.hash), `block ${height}`).toBe(toHex(hash));
      const own = toHex(ours.address);
      if (toHex(block.header.proposer_address) === own) proposed += 1;
      const entry = ours.engine
        .commitAt(height)!
        .signatures.find(({ validator_address }) => toHex(validator_address) === own);
      if (entry?.block_id_flag === BLOCK_ID_FLAG.commit) signed += 1;
    }
    console.log(`${proposed} blocks proposed, ${signed} signed`);
    expect(proposed).toBeGreaterThan(20);
    expect(signed).toBeGreaterThan(90);
  }, 240_000);
});
