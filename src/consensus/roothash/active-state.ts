import type { Namespace } from "../../codec/common-types.ts";
import type { ReadonlyTree } from "../../storage/tree.ts";
import { roothashErrors } from "../../types/errors.ts";
import type { Pool } from "../../types/roothash-commitment.ts";
import type { Committee } from "../../types/scheduler.ts";
import { getRuntimeState, type StoredRuntimeState } from "./state.ts";

/** State of a ParaTime that is working on a round. */
export type ActiveRuntimeState = StoredRuntimeState & { committee: Committee; commitment_pool: Pool };

/**
 * State of a ParaTime that must be working on a round. The result belongs to the caller.
 * @throws CodedError roothash/3, /5, /6 or /4
 */
export function requireActive(state: ReadonlyTree, id: Namespace): ActiveRuntimeState {
  const runtimeState = getRuntimeState(state, id);
  if (runtimeState === null) {
    throw roothashErrors.invalidRuntime();
  }
  if (runtimeState.suspended) {
    throw roothashErrors.runtimeSuspended();
  }
  if (runtimeState.committee === null) {
    throw roothashErrors.noCommittee();
  }
  if (runtimeState.commitment_pool === null) {
    throw roothashErrors.noExecutorPool();
  }
  return runtimeState as ActiveRuntimeState;
}
