import { TIMEOUT_NEVER } from "../../types/roothash.ts";
import { type Block, HEADER_NORMAL, HEADER_SUSPENDED } from "../../types/roothash-block.ts";
import type { ComputeResultsHeader } from "../../types/roothash-commitment.ts";
import type { Context } from "../context.ts";
import { type EmptyBlockType, emptyBlock, normalBlock } from "./block.ts";
import { finalized, ofRuntime } from "./events.ts";
import { newPool } from "./pool.ts";
import { rearmTimeout } from "./round-timeout.ts";
import type { StoredRuntimeState } from "./state.ts";

/** Appends a block with the results of a round to the ParaTime and opens the next round, in place. */
export function finalizeNormalBlock(
  ctx: Context,
  runtimeState: StoredRuntimeState,
  results: ComputeResultsHeader,
): void {
  append(ctx, runtimeState, normalBlock(runtimeState.last_block, ctx.time, results));
}

/** Appends a block without results and opens the next round, if the ParaTime goes on; in place. */
export function finalizeEmptyBlock(
  ctx: Context,
  runtimeState: StoredRuntimeState,
  type: EmptyBlockType,
): void {
  append(ctx, runtimeState, emptyBlock(runtimeState.last_block, ctx.time, type));
}

function append(ctx: Context, runtimeState: StoredRuntimeState, block: Block): void {
  const { round, header_type: type } = block.header;
  runtimeState.last_block = block;
  runtimeState.last_block_height = ctx.currentHeight;
  if (type === HEADER_NORMAL) {
    runtimeState.last_normal_round = round;
    runtimeState.last_normal_height = ctx.currentHeight;
  }
  ctx.emit(finalized, { round }, ofRuntime(runtimeState.runtime.id));
  runtimeState.commitment_pool = type === HEADER_SUSPENDED ? null : newPool();
  // Schedulers may take as long as they like to commit.
  rearmTimeout(ctx, runtimeState, TIMEOUT_NEVER);
}
