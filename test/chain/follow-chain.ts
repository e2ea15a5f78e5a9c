import { type ChainState, genesisState, stateAfterBlock } from "../../src/chain/chain-state.ts";
import { ChainStore } from "../../src/chain/chain-store.ts";
import type { ChainGenesis } from "../../src/chain/genesis.ts";
import { openBlock } from "../../src/chain/open-block.ts";
import { encodeResults } from "../../src/chain/results.ts";
import { verifyCommit } from "../../src/chain/verify-commit.ts";
import { equal, toHex } from "../../src/codec/bytes.ts";
import type { Environment } from "../../src/storage/environment/environment.ts";
import { emptyDisk, KeyValueApplication } from "./key-value-application.ts";

/**
 * Follows the stored blocks of a node as somebody who has nothing but the genesis: validates, executes, compares the
 * results and the validators, verifies the commits.
 * @returns the state after the newest block
 * @throws at the first thing that is not right
 */
export function followChain(genesis: ChainGenesis, environment: Environment): ChainState {
  const store = new ChainStore(environment);
  const application = new KeyValueApplication(emptyDisk());
  const init = application.initChain({
    chainId: genesis.chain_id,
    time: genesis.genesis_time,
    initialHeight: genesis.initial_height,
    validators: [...genesis.validators],
  });
  let state = genesisState(genesis, init);
  for (let height = genesis.initial_height; height <= store.height; height++) {
    const encoded = store.encodedBlock(height);
    if (encoded === null) throw new Error(`block ${height} is missing`);
    const { validators } = state;
    const { block, blockId, input } = openBlock(state, encoded);
    const results = application.finalizeBlock(input);
    requireEqual(`results of ${height}`, encodeResults(store.results(height)!), encodeResults(results));
    requireEqual(`validators of ${height}`, store.validators(height)!.hash, validators.hash);
    verifyCommit({ chainId: genesis.chain_id, height, blockId, validators }, store.commit(height)!);
    state = stateAfterBlock(state, blockId, block.header, results, application.commit().appHash);
  }
  return state;
}

function requireEqual(what: string, got: Uint8Array, want: Uint8Array): void {
  if (!equal(got, want)) throw new Error(`${what}: ${toHex(got)} instead of ${toHex(want)}`);
}
