import { roothashErrors } from "../../types/errors.ts";
import type { GenesisRuntimeState } from "../../types/roothash.ts";
import { TIMEOUT_NEVER } from "../../types/roothash.ts";
import { HEADER_SUSPENDED } from "../../types/roothash-block.ts";
import { KIND_COMPUTE, type Runtime } from "../../types/runtime.ts";
import type { Context } from "../context.ts";
import { genesisBlock } from "./block.ts";
import { finalized, ofRuntime } from "./events.ts";
import { getParameters, getRuntimeState, setLastRoundResults, setRuntimeState } from "./state.ts";

/** What a genesis document says about a ParaTime beside its descriptor. */
export interface RestoredState {
  readonly suspended: boolean;
  readonly state: GenesisRuntimeState | null;
}

/**
 * Creates the state of a new compute ParaTime: its first block and nothing else. It counts as suspended until it gets
 * a committee, although the registry lists it as active (consensus-b.md 4.2). Nothing happens if it has a state.
 */
export function createRuntimeState(
  ctx: Context,
  runtime: Readonly<Runtime>,
  restored: RestoredState | null,
): void {
  if (runtime.kind !== KIND_COMPUTE || getRuntimeState(ctx.state, runtime.id) !== null) {
    return;
  }
  const block = genesisBlock(runtime.id, ctx.time);
  block.header.round = runtime.genesis.round;
  block.header.state_root = runtime.genesis.state_root;
  const genesisState = restored?.state ?? null;
  if (genesisState !== null) {
    block.header.round = genesisState.round;
    block.header.state_root = genesisState.state_root;
    if (restored?.suspended) {
      block.header.header_type = HEADER_SUSPENDED;
    }
    setLastRoundResults(ctx.state, runtime.id, {
      messages: genesisState.message_results,
      good_compute_entities: null,
      bad_compute_entities: null,
    });
  }
  const { round } = block.header;
  setRuntimeState(ctx.state, {
    runtime,
    suspended: true,
    genesis_block: block,
    last_block: block,
    last_block_height: ctx.currentHeight,
    last_normal_round: round,
    last_normal_height: ctx.currentHeight,
    committee: null,
    commitment_pool: null,
    timeout: TIMEOUT_NEVER,
    liveness_stats: null,
  });
  ctx.emit(finalized, { round }, ofRuntime(runtime.id));
}

/**
 * Checks a new or changed descriptor against the limits of this service.
 * @throws CodedError roothash/7 or /13
 */
export function verifyRuntimeLimits(ctx: Context, runtime: Readonly<Runtime>): void {
  const params = getParameters(ctx.state);
  if (runtime.executor.max_messages > params.max_runtime_messages) {
    throw roothashErrors.maxMessagesTooBig();
  }
  if (runtime.txn_scheduler.max_in_messages > params.max_in_runtime_messages) {
    throw roothashErrors.maxInMessagesTooBig();
  }
}
