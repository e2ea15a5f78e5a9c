import { equal } from "../../codec/bytes.ts";
import type { ChainState } from "../chain-state.ts";
import type { Commit } from "../commit.ts";
import { consensusParamsHash } from "../consensus-params.ts";
import { invalid } from "../errors.ts";
import type { ChainGenesis } from "../genesis.ts";
import { BLOCK_PROTOCOL } from "../header.ts";
import type { LightClient } from "../light/light-client.ts";

/** Vouches for blocks. */
export type BlockVerifier = Pick<LightClient, "at">;

/** What a chain goes on from after a checkpoint. */
export interface RestoredChain {
  readonly state: ChainState;
  /** The commit for the block of the checkpoint. */
  readonly commit: Commit;
}

/**
 * The chain's state after the block of a checkpoint, from that block and the two after it: the block after it has the
 * state's root and the results, and validators that a block chooses sign two blocks later (cometbft.md 7.3).
 *
 * The parameters are those of the genesis document: nothing in the chain changes them but the version of the
 * application, and the hash in the block tells when they differ.
 * @throws ChainError when they do, LightError, the signal's reason
 */
export async function restoredChain(
  genesis: ChainGenesis,
  light: BlockVerifier,
  height: bigint,
  signal: AbortSignal,
): Promise<RestoredChain> {
  const last = await light.at(height, signal);
  const current = await light.at(height + 1n, signal);
  const next = await light.at(height + 2n, signal);
  const { app } = current.header.version;
  const params = { ...genesis.consensus_params, version: { app } };
  if (!equal(consensusParamsHash(params), next.header.consensus_hash)) {
    throw invalid("the chain's parameters are not those of the genesis document", { height });
  }
  const state: ChainState = {
    version: { block: BLOCK_PROTOCOL, app },
    chain_id: genesis.chain_id,
    initial_height: genesis.initial_height,
    last_block_height: height,
    last_block_id: last.commit.block_id,
    last_block_time: last.header.time,
    next_validators: next.validators,
    validators: current.validators,
    last_validators: last.validators,
    last_height_validators_changed: height + 2n,
    consensus_params: params,
    last_height_consensus_params_changed: 0n,
    last_results_hash: current.header.last_results_hash,
    app_hash: current.header.app_hash,
  };
  return { state, commit: last.commit };
}
