import type { ChainEngine } from "../chain/chain-engine.ts";
import { encodeLightBlock } from "../chain/light-block.ts";
import type { Address } from "../codec/common-types.ts";
import { CodedError } from "../codec/errors.ts";
import { getConsensusParameters } from "../consensus/params.ts";
import { getAccount } from "../consensus/staking/state.ts";
import type { LightBlock } from "../types/api-consensus.ts";
import type { ConsensusView } from "../workers/consensus-view.ts";
import type { NodeConsensus } from "./consensus-backend.ts";

/** The consensus layer in the narrower form that the workers ask for. */
export function consensusView(consensus: NodeConsensus, engine: ChainEngine): ConsensusView {
  return {
    chainContext: consensus.chainContext,
    latestHeight: () => consensus.latestHeight(),
    oldestHeight: () => consensus.lastRetainedHeight(),
    stateAt: (height) =>
      height === consensus.latestHeight() ? consensus.latestState() : consensus.stateAt(height),
    lightBlockAt: (height) => lightBlockAt(engine, height),
    onBlock: (listener) => consensus.onBlock(({ height }) => listener(height)),
    submitTx: async (tx, signal) => {
      const outcome = await consensus.submitTx(tx, "block", signal);
      const { code, codespace, log } = outcome.result;
      if (code !== 0 || outcome.stage === "check") throw new CodedError(codespace, code, log);
      return { height: outcome.height, index: outcome.index };
    },
    estimateGas: (signer, transaction) => consensus.estimateGas(signer, transaction),
    nonce: (account: Address) => {
      const state = consensus.latestState();
      return state === null ? 0n : getAccount(state, account).general.nonce;
    },
    minGasPrice: () => {
      const state = consensus.latestState();
      return state === null ? 0n : getConsensusParameters(state).min_gas_price;
    },
  };
}

/** A light block as the API and the host protocol carry it. */
export function lightBlockAt(engine: ChainEngine, height: bigint): LightBlock | null {
  const light = engine.lightBlockAt(height);
  return light === null ? null : { height, meta: encodeLightBlock(light) };
}
