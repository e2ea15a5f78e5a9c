import { type ChainState, genesisState, stateAfterBlock } from "../../src/chain/chain-state.ts";
import { ChainStore } from "../../src/chain/chain-store.ts";
import { openBlock } from "../../src/chain/open-block.ts";
import { encodeResults } from "../../src/chain/results.ts";
import { verifyCommit } from "../../src/chain/verify-commit.ts";
import { equal, toHex } from "../../src/codec/bytes.ts";
import { chainContext } from "../../src/config/genesis/chain-context.ts";
import { cometGenesis } from "../../src/config/genesis/comet-genesis.ts";
import { ConsensusApplication } from "../../src/consensus/application.ts";
import { DbStateStore, MemoryStateStore } from "../../src/consensus/state-store.ts";
import type { Environment } from "../../src/storage/environment/environment.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import type { ReadonlyTree } from "../../src/storage/tree.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";
import type { Document } from "../../src/types/genesis.ts";

/** What a clean replay of a stored chain came to. */
export interface Replayed {
  readonly height: bigint;
  /** Consensus state after it. */
  readonly state: ReadonlyTree;
}

/**
 * Executes every stored block of a stopped node from its genesis document, in a state machine of its own with nothing
 * but memory: validates the block, and compares results, commit, validators and, after each, the state root with what
 * the node has stored.
 * @throws Error naming the first height and thing that differ
 */
export function replayStoredChain(document: Document, environment: Environment): Replayed {
  const store = new ChainStore(environment);
  const stored = openNodeDb(environment, new Uint8Array(32), { discardWriteLogs: true });
  const genesis = cometGenesis(document, { debug: true });
  const application = new ConsensusApplication(
    {
      document,
      chainContext: chainContext(document),
      dontBlameOasis: true,
      allowTestKeys: false,
      minGasPrice: 0n,
    },
    {
      store: new MemoryStateStore(),
      logger: silentLogging.logger("replay"),
      proposer: null,
      ownTxSigner: null,
      attestation: null,
      observer: null,
    },
  );
  const init = application.initChain({
    chainId: genesis.chain_id,
    time: genesis.genesis_time,
    initialHeight: genesis.initial_height,
    validators: [...genesis.validators],
  });
  let state: ChainState = genesisState(genesis, init);
  for (let height = genesis.initial_height; height <= store.height; height++) {
    const encoded = store.encodedBlock(height);
    if (encoded === null) throw new Error(`block ${height} is missing`);
    const { validators } = state;
    const { block, blockId, input } = openBlock(state, encoded);
    const results = application.finalizeBlock(input);
    requireEqual(`results of ${height}`, encodeResults(store.results(height)!), encodeResults(results));
    requireEqual(`validators of ${height}`, store.validators(height)!.hash, validators.hash);
    verifyCommit({ chainId: genesis.chain_id, height, blockId, validators }, store.commit(height)!);
    const { appHash } = application.commit();
    const roots = stored.rootsForVersion(height).map(({ hash }) => toHex(hash));
    if (roots.join() !== toHex(appHash)) {
      throw new Error(`state root of ${height}: ${toHex(appHash)}, stored are ${roots.join(", ") || "none"}`);
    }
    state = stateAfterBlock(state, blockId, block.header, results, appHash);
  }
  requireEqual("last state of the chain", store.state()!.app_hash, state.app_hash);
  requireEqual("last state of the application", new DbStateStore(stored).last!.hash, state.app_hash);
  return { height: state.last_block_height, state: application.state! };
}

function requireEqual(what: string, got: Uint8Array, want: Uint8Array): void {
  if (!equal(got, want)) throw new Error(`${what}: ${toHex(got)} instead of ${toHex(want)}`);
}
