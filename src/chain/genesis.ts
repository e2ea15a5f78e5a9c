import type { ValidatorUpdate } from "./application.ts";
import { type ConsensusParams, checkConsensusParams } from "./consensus-params.ts";
import { invalid } from "./errors.ts";
import { MAX_CHAIN_ID_LENGTH } from "./header.ts";
import type { Time } from "./time.ts";

/** What the chain needs of a genesis document (formats.md 3.4). */
export interface ChainGenesis {
  readonly chain_id: string;
  readonly genesis_time: Time;
  readonly initial_height: bigint;
  readonly consensus_params: ConsensusParams;
  readonly validators: readonly ValidatorUpdate[];
}

/** @throws ChainError when no chain can start from it */
export function checkGenesis({ chain_id, initial_height, consensus_params }: ChainGenesis): void {
  if (chain_id === "" || chain_id.length > MAX_CHAIN_ID_LENGTH)
    throw invalid("chain id is empty or too long");
  if (initial_height < 1n) throw invalid("initial height is not positive", { initial_height });
  checkConsensusParams(consensus_params);
}
