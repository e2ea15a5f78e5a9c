import { concat } from "../../../codec/bytes.ts";
import type { Namespace } from "../../../codec/common-types.ts";
import { encode } from "../../../codec/schema.ts";
import { sha512_256 } from "../../../crypto/hash.ts";
import type { KeyValueTree, ReadonlyTree } from "../../../storage/tree.ts";
import { ConsensusParameters, Status } from "../../../types/churp.ts";
import type { Context } from "../../context.ts";
import { assertMayChangeParameters } from "../../params.ts";
import { decodeState, readSharedState, readState } from "../../state-value.ts";

// Keys: consensus-b.md section 1.
const PARAMETERS = Uint8Array.of(0x74);
const STATUS = Uint8Array.of(0x75);

/** Parameters; on networks that never set any, everything is free. */
export function getParameters(state: ReadonlyTree): Readonly<ConsensusParameters> {
  return readSharedState(state, ConsensusParameters, PARAMETERS) ?? ConsensusParameters.zero();
}

export function setParameters(ctx: Context, parameters: ConsensusParameters): void {
  assertMayChangeParameters(ctx);
  ctx.state.insert(PARAMETERS, encode(ConsensusParameters, parameters));
}

/** A scheme; null when there is none. The result belongs to the caller. */
export function getStatus(state: ReadonlyTree, runtimeId: Namespace, id: number): Status | null {
  return readState(state, Status, statusKey(runtimeId, id));
}

/** Schemes of one ParaTime by number, or all of them. */
export function getStatuses(state: ReadonlyTree, runtimeId?: Namespace): Status[] {
  const prefix = runtimeId === undefined ? STATUS : concat(STATUS, sha512_256(runtimeId));
  return Array.from(state.prefix(prefix), ([key, value]) => decodeState(Status, key, value));
}

export function setStatus(state: KeyValueTree, status: Status): void {
  state.insert(statusKey(status.runtime_id, status.id), encode(Status, status));
}

function statusKey(runtimeId: Namespace, id: number): Uint8Array {
  return concat(STATUS, sha512_256(runtimeId), Uint8Array.of(id));
}
