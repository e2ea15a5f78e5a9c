import { parseBlock } from "../src/chain/block.ts";
import { BlockExecutor, blockLimits } from "../src/chain/block-executor.ts";
import { catchUp } from "../src/chain/catch-up.ts";
import { ChainStore } from "../src/chain/chain-store.ts";
import { EvidencePool } from "../src/chain/evidence/evidence-pool.ts";
import { DEFAULT_MEMPOOL_OPTIONS, Mempool } from "../src/chain/mempool.ts";
import { openBlock } from "../src/chain/open-block.ts";
import { readRecordedChain } from "../src/chain/recorded-chain.ts";
import { chainContext } from "../src/config/genesis/chain-context.ts";
import { cometGenesis } from "../src/config/genesis/comet-genesis.ts";
import { readGenesis } from "../src/config/genesis/read-genesis.ts";
import { ConsensusApplication } from "../src/consensus/application.ts";
import { DbStateStore } from "../src/consensus/state-store.ts";
import { storePath } from "../src/node/storage/node-store.ts";
import { openEnvironment } from "../src/storage/environment/lmdb-environment.ts";
import { openNodeDb } from "../src/storage/node-db/table-node-db.ts";
import { silentLogging } from "../src/telemetry/logger.ts";
import { type BenchNode, type BenchNodes, ours } from "./bench-node.ts";

/** Starts a node of ours that has a recorded chain, for others to fetch it. @returns the height of the last block, too */
export async function startSource(
  nodes: BenchNodes,
  genesis: string,
  chain: string,
): Promise<{ source: BenchNode; head: bigint }> {
  const source = await nodes.add("source", ours);
  const head = await fillStore(source.dataDir, genesis, chain);
  source.start([]);
  await source.height();
  return { source, head };
}

/**
 * Executes a recorded chain into the database of a node that does not run, so that it can give the blocks to others.
 * @returns the height of the last block
 */
async function fillStore(dataDir: string, genesisPath: string, chain: string): Promise<bigint> {
  const document = await readGenesis(genesisPath);
  const environment = openEnvironment(storePath(dataDir));
  const logger = silentLogging.logger("bench");
  const db = openNodeDb(environment, new Uint8Array(32), { discardWriteLogs: true });
  const application = new ConsensusApplication(
    {
      document,
      chainContext: chainContext(document),
      ...{ dontBlameOasis: true, allowTestKeys: true, minGasPrice: 0n },
    },
    {
      store: new DbStateStore(db),
      ...{ logger, proposer: null, ownTxSigner: null, attestation: null, observer: null },
    },
  );
  const store = new ChainStore(environment);
  const evidence = new EvidencePool({ environment, store, logger });
  const heights = [...readRecordedChain(chain)];
  let state = catchUp(cometGenesis(document, { debug: true }), application, store, evidence, logger);
  const mempool = new Mempool(DEFAULT_MEMPOOL_OPTIONS, application, blockLimits(state));
  const executor = new BlockExecutor({ application, store, mempool, logger, evidence });
  environment.transaction(() => {
    for (const [i, { block: encoded, seenCommit }] of heights.entries()) {
      const { block, blockId } = openBlock(state, encoded);
      const next = heights[i + 1];
      // The last block's commit is only in the recording, if anywhere; nobody asks for it.
      const commit =
        next === undefined ? (seenCommit ?? block.last_commit) : parseBlock(next.block).last_commit;
      state = executor.execute(state, { block, blockId, encoded, commit }).state;
    }
  });
  await environment.close();
  return state.last_block_height;
}
