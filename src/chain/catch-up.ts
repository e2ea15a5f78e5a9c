import { equal, toHex } from "../codec/bytes.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Application, ApplicationInfo } from "./application.ts";
import { blockInput } from "./application-input.ts";
import type { Block } from "./block.ts";
import { stateAfterResults } from "./block-executor.ts";
import { type ChainState, genesisState, nextHeight } from "./chain-state.ts";
import type { ChainStore } from "./chain-store.ts";
import { ChainError } from "./errors.ts";
import type { EvidencePool } from "./evidence/evidence-pool.ts";
import type { ChainGenesis } from "./genesis.ts";
import { openBlock } from "./open-block.ts";
import { ValidatorSet } from "./validator-set.ts";

/**
 * Brings application and chain state up to the newest stored block, whatever moment the last run stopped at
 * (cometbft.md section 5, restart handshake).
 *
 * A new chain is begun from the genesis document. Otherwise the block store may be one block ahead of the chain's
 * state, and the application anywhere up to the block store.
 * @returns the state to go on from
 * @throws ChainError of kind `corrupt` when the three contradict each other
 */
export function catchUp(
  genesis: ChainGenesis,
  application: Application,
  store: ChainStore,
  evidence: EvidencePool,
  logger: Logger,
): ChainState {
  let info = application.info();
  let state = store.state();
  if (info.lastHeight === 0n) {
    const init = application.initChain({
      chainId: genesis.chain_id,
      time: genesis.genesis_time,
      initialHeight: genesis.initial_height,
      validators: [...genesis.validators],
    });
    if (state === null) {
      state = genesisState(genesis, init);
      store.saveState(state);
    }
    info = { lastHeight: genesis.initial_height - 1n, lastAppHash: init.appHash };
  }
  if (state === null) throw corrupt("the application has a state but the chain has none", store, null, info);
  if (state.chain_id !== genesis.chain_id) {
    throw new ChainError("corrupt", "the stored chain is another one than the genesis document's", {
      stored: state.chain_id,
      genesis: genesis.chain_id,
    });
  }
  checkHeights(state, store, info);
  const applied = nextHeight(state) - 1n;
  for (let height = info.lastHeight + 1n; height <= applied; height++) {
    logger.info({ height }, "executing a stored block again");
    executeAgain(state, application, store, height);
  }
  if (store.height > applied) {
    logger.info({ height: store.height }, "finishing a block that the last run left");
    const finished = finishBlock(state, application, store, info.lastHeight);
    state = finished.state;
    store.saveState(state, () => evidence.update(finished.state, finished.block.evidence));
  }
  const { lastAppHash } = store.height === 0n ? info : application.info();
  if (!equal(lastAppHash, state.app_hash))
    throw corrupt("the application's state differs", store, state, info);
  return state;
}

function checkHeights(state: ChainState, store: ChainStore, info: ApplicationInfo): void {
  const applied = nextHeight(state) - 1n;
  // Without blocks the chain is new, or was begun in the middle.
  const stored = store.height === 0n ? applied : store.height;
  if (info.lastHeight > stored)
    throw corrupt("the application is ahead of the block store", store, state, info);
  if (stored !== applied && stored !== applied + 1n) {
    throw corrupt("chain state and block store do not fit", store, state, info);
  }
  if (stored > info.lastHeight && store.base > info.lastHeight + 1n) {
    throw corrupt("blocks that the application needs are gone", store, state, info);
  }
}

/** Executes a block that the chain's state already knows. */
function executeAgain(state: ChainState, application: Application, store: ChainStore, height: bigint): void {
  const stored = store.block(height);
  const lastValidators = height === state.initial_height ? ValidatorSet.empty : store.validators(height - 1n);
  if (stored === null || lastValidators === null) {
    throw new ChainError("corrupt", "a stored block is incomplete", { height });
  }
  application.finalizeBlock(blockInput(stored.block, stored.hash, lastValidators));
  const { appHash } = application.commit();
  const expected = store.block(height + 1n)?.block.header.app_hash ?? state.app_hash;
  if (!equal(appHash, expected)) {
    throw new ChainError("corrupt", "executing a stored block again gives another state", {
      height,
      got: toHex(appHash),
      want: toHex(expected),
    });
  }
}

/** Executes the newest block, unless the application has already, and gives the state after it. */
function finishBlock(
  state: ChainState,
  application: Application,
  store: ChainStore,
  applicationHeight: bigint,
): { state: ChainState; block: Block } {
  const { height } = store;
  const opened = openBlock(state, store.encodedBlock(height)!);
  if (applicationHeight === height) {
    const results = store.results(height);
    if (results === null) throw new ChainError("corrupt", "a stored block has no results", { height });
    const { lastAppHash } = application.info();
    return {
      state: { ...stateAfterResults(state, opened, results), app_hash: lastAppHash },
      block: opened.block,
    };
  }
  const results = application.finalizeBlock(opened.input);
  const next = stateAfterResults(state, opened, results);
  return { state: { ...next, app_hash: application.commit().appHash }, block: opened.block };
}

function corrupt(
  message: string,
  store: ChainStore,
  state: ChainState | null,
  info: ApplicationInfo,
): ChainError {
  return new ChainError("corrupt", message, {
    applicationHeight: info.lastHeight,
    blockStoreHeight: store.height,
    stateHeight: state?.last_block_height ?? null,
  });
}
