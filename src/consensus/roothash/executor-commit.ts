import { toHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import type { ExecutorCommit } from "../../types/roothash.ts";
import type { BlockSlot } from "../block-context.ts";
import type { Context } from "../context.ts";
import { getNode } from "../registry/state.ts";
import { requireActive } from "./active-state.ts";
import { executorCommitted, ofRuntime } from "./events.ts";
import { chargeMessageGas } from "./execute-messages.ts";
import { addCommitment } from "./pool.ts";
import { rearmTimeout, workerTimeout } from "./round-timeout.ts";
import { getParameters, setRuntimeState } from "./state.ts";
import { verifyCommitment } from "./verify-commitment.ts";

/** ParaTimes that got commitments in this block, by the hex of their ids: EndBlock tries to finalise their rounds. */
export const runtimesToFinalize: BlockSlot<Map<string, Namespace>> = {
  name: "roothash: runtimes to finalize",
  initial: () => new Map(),
};

/**
 * `roothash.ExecutorCommit`: adds commitments to the pool of the open round, all or none. Order of checks:
 * consensus-b.md 4.4.
 */
export function executorCommit(ctx: Context, { id, commits }: ExecutorCommit): void {
  if (ctx.isCheckOnly) {
    return;
  }
  ctx.useGas(1, "compute_commit", getParameters(ctx.state).gas_costs);
  if (commits === null || commits.length === 0) {
    return;
  }
  const runtimeState = requireActive(ctx.state, id);
  const { commitment_pool: pool, committee, runtime } = runtimeState;
  const previousRank = pool.highest_rank;
  const rules = {
    runtime,
    lastHeader: runtimeState.last_block.header,
    epoch: committee.valid_for,
    chainContext: ctx.chain.chainContext,
    signatures: ctx.chain.signatures,
    lookupNode: (nodeId: Uint8Array) => getNode(ctx.state, nodeId),
    onMessages: (messages: Parameters<typeof chargeMessageGas>[2]) =>
      chargeMessageGas(ctx, runtime.id, messages),
  };
  for (const commitment of commits) {
    verifyCommitment(commitment, rules);
    addCommitment(pool, committee, commitment);
  }
  if (ctx.isSimulation) {
    return;
  }
  ctx.transaction((child) => {
    // The clock starts again when a scheduler that is further ahead in line commits.
    if (pool.highest_rank !== previousRank) {
      rearmTimeout(child, runtimeState, workerTimeout(ctx, runtime.executor.round_timeout));
    }
    setRuntimeState(child.state, runtimeState);
    for (const commit of commits) {
      child.emit(executorCommitted, { commit }, ofRuntime(id));
    }
  });
  ctx.block.get(runtimesToFinalize).set(toHex(id), id);
}
