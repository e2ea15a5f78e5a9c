import type { BlockResults, InitChainResult } from "./application.ts";
import { BlockID, NIL_BLOCK_ID } from "./block-id.ts";
import {
  type ConsensusParams,
  ConsensusParamsProto,
  checkConsensusParams,
  fromConsensusParamsProto,
  updateConsensusParams,
} from "./consensus-params.ts";
import { ChainError, invalid } from "./errors.ts";
import { type ChainGenesis, checkGenesis } from "./genesis.ts";
import { BLOCK_PROTOCOL, ConsensusVersion, type Header } from "./header.ts";
import { incrementProposerPriority } from "./proposer-priority.ts";
import { resultsHash } from "./results.ts";
import type { Time } from "./time.ts";
import { newValidatorSet, updateValidators } from "./update-validators.ts";
import { ValidatorSet } from "./validator-set.ts";
import { fromValidatorSetProto, toValidatorSetProto, ValidatorSetProto } from "./validator-set-proto.ts";
import {
  bytes,
  decode,
  embedded,
  encode,
  int64,
  message,
  optional,
  scalar,
  text,
  timestamp,
} from "./wire.ts";

/**
 * All that the next block depends on. Immutable; each block gives a new one.
 *
 * Before the first block the last height is 0 and the last time the genesis time.
 */
export interface ChainState {
  readonly version: ConsensusVersion;
  readonly chain_id: string;
  readonly initial_height: bigint;
  readonly last_block_height: bigint;
  readonly last_block_id: BlockID;
  readonly last_block_time: Time;
  /** Validators of the last height + 2, + 1 and + 0. */
  readonly next_validators: ValidatorSet;
  readonly validators: ValidatorSet;
  readonly last_validators: ValidatorSet;
  /** Height from which `next_validators` has had its members and powers. */
  readonly last_height_validators_changed: bigint;
  readonly consensus_params: ConsensusParams;
  readonly last_height_consensus_params_changed: bigint;
  readonly last_results_hash: Uint8Array;
  /** Application state after the last block. */
  readonly app_hash: Uint8Array;
}

/** Height of the block to come. */
export function nextHeight({ last_block_height, initial_height }: ChainState): bigint {
  return last_block_height === 0n ? initial_height : last_block_height + 1n;
}

/** State before the first block, from the genesis document and what the application made of it. */
export function genesisState(genesis: ChainGenesis, init: InitChainResult): ChainState {
  checkGenesis(genesis);
  const validators = newValidatorSet(init.validators.length > 0 ? init.validators : genesis.validators);
  if (validators.size === 0) throw invalid("the genesis document has no validator");
  return {
    version: { block: BLOCK_PROTOCOL, app: genesis.consensus_params.version.app },
    chain_id: genesis.chain_id,
    initial_height: genesis.initial_height,
    last_block_height: 0n,
    last_block_id: NIL_BLOCK_ID,
    last_block_time: genesis.genesis_time,
    next_validators: incrementProposerPriority(validators, 1),
    validators,
    last_validators: ValidatorSet.empty,
    last_height_validators_changed: genesis.initial_height,
    consensus_params: genesis.consensus_params,
    last_height_consensus_params_changed: genesis.initial_height,
    last_results_hash: resultsHash([]),
    app_hash: init.appHash,
  };
}

/**
 * State after a block.
 * @param appHash what the application's commit returned
 * @throws ChainError when the results' validator or parameter updates cannot be
 */
export function stateAfterBlock(
  state: ChainState,
  blockId: BlockID,
  header: Header,
  results: BlockResults,
  appHash: Uint8Array,
): ChainState {
  const { validatorUpdates, appVersion, txResults } = results;
  const params = updateConsensusParams(
    state.consensus_params,
    appVersion === 0n ? null : { ...ConsensusParamsProto.zero(), version: { app: appVersion } },
  );
  checkConsensusParams(params);
  return {
    version: { block: state.version.block, app: params.version.app },
    chain_id: state.chain_id,
    initial_height: state.initial_height,
    last_block_height: header.height,
    last_block_id: blockId,
    last_block_time: header.time,
    next_validators: incrementProposerPriority(updateValidators(state.next_validators, validatorUpdates), 1),
    validators: state.next_validators,
    last_validators: state.validators,
    last_height_validators_changed:
      validatorUpdates.length > 0 ? header.height + 2n : state.last_height_validators_changed,
    consensus_params: params,
    last_height_consensus_params_changed:
      appVersion === 0n ? state.last_height_consensus_params_changed : header.height + 1n,
    last_results_hash: resultsHash(txResults),
    app_hash: appHash,
  };
}

const StateVersion = message("tendermint.state.Version", {
  consensus: embedded(1, ConsensusVersion),
  software: scalar(2, text),
});

const StateProto = message("tendermint.state.State", {
  version: embedded(1, StateVersion),
  chain_id: scalar(2, text),
  last_block_height: scalar(3, int64),
  last_block_id: embedded(4, BlockID),
  last_block_time: embedded(5, timestamp),
  next_validators: optional(6, ValidatorSetProto),
  validators: optional(7, ValidatorSetProto),
  last_validators: optional(8, ValidatorSetProto),
  last_height_validators_changed: scalar(9, int64),
  consensus_params: embedded(10, ConsensusParamsProto),
  last_height_consensus_params_changed: scalar(11, int64),
  last_results_hash: scalar(12, bytes),
  app_hash: scalar(13, bytes),
  initial_height: scalar(14, int64),
});

/** Encodes as `tendermint.state.State`. */
export function encodeState(state: ChainState): Uint8Array {
  return encode(StateProto, {
    ...state,
    version: { consensus: state.version, software: "" },
    next_validators: toValidatorSetProto(state.next_validators, false),
    validators: toValidatorSetProto(state.validators, false),
    last_validators:
      state.last_validators.size === 0 ? null : toValidatorSetProto(state.last_validators, false),
  });
}

/** @throws CodecError, ChainError when the bytes are no state */
export function decodeState(encoded: Uint8Array): ChainState {
  const { version, next_validators, validators, last_validators, consensus_params, ...rest } = decode(
    StateProto,
    encoded,
  );
  if (next_validators === null || validators === null) {
    throw new ChainError("corrupt", "stored chain state has no validators");
  }
  return {
    ...rest,
    version: version.consensus,
    next_validators: fromValidatorSetProto(next_validators),
    validators: fromValidatorSetProto(validators),
    last_validators: last_validators === null ? ValidatorSet.empty : fromValidatorSetProto(last_validators),
    consensus_params: fromConsensusParamsProto(consensus_params),
  };
}
