import { concat } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import { encode } from "../../codec/schema.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import type { KeyValueTree, ReadonlyTree } from "../../storage/tree.ts";
import { Committee, ConsensusParameters, ValidatorSet } from "../../types/scheduler.ts";
import type { Context } from "../context.ts";
import { assertMayChangeParameters } from "../params.ts";
import { decodeState, readSharedState, requireState } from "../state-value.ts";

// Keys: consensus-a.md section 2.
const COMMITTEE = Uint8Array.of(0x60);
const CURRENT_VALIDATORS = Uint8Array.of(0x61);
const PENDING_VALIDATORS = Uint8Array.of(0x62);
const PARAMETERS = Uint8Array.of(0x63);

export function getParameters(state: ReadonlyTree): Readonly<ConsensusParameters> {
  return requireState(
    readSharedState(state, ConsensusParameters, PARAMETERS),
    ConsensusParameters,
    PARAMETERS,
  );
}

export function setParameters(ctx: Context, parameters: ConsensusParameters): void {
  assertMayChangeParameters(ctx);
  ctx.state.insert(PARAMETERS, encode(ConsensusParameters, parameters));
}

/** The committee of a ParaTime; null when none was elected for the epoch. Shared, do not change. */
export function getCommittee(
  state: ReadonlyTree,
  kind: number,
  runtimeId: Namespace,
): Readonly<Committee> | null {
  return readSharedState(state, Committee, committeeKey(kind, runtimeId));
}

export function setCommittee(state: KeyValueTree, committee: Committee): void {
  state.insert(committeeKey(committee.kind, committee.runtime_id), encode(Committee, committee));
}

export function removeCommittee(state: KeyValueTree, kind: number, runtimeId: Namespace): void {
  state.remove(committeeKey(kind, runtimeId));
}

/** All committees, by kind, then hashed ParaTime id; only of one kind if given. */
export function getCommittees(state: ReadonlyTree, kind?: number): Committee[] {
  const prefix = kind === undefined ? COMMITTEE : concat(COMMITTEE, Uint8Array.of(kind));
  return Array.from(state.prefix(prefix), ([key, value]) => decodeState(Committee, key, value));
}

/** Validators by consensus key (hex), as CometBFT was told last. Shared, do not change. */
export function getCurrentValidators(state: ReadonlyTree): NonNullable<ValidatorSet> {
  return readSharedState(state, ValidatorSet, CURRENT_VALIDATORS) ?? new Map();
}

export function setCurrentValidators(state: KeyValueTree, validators: ValidatorSet): void {
  state.insert(CURRENT_VALIDATORS, encode(ValidatorSet, validators));
}

/** Validators elected in this block, between its BeginBlock and EndBlock; null when there was no election. */
export function getPendingValidators(state: ReadonlyTree): NonNullable<ValidatorSet> | null {
  return readSharedState(state, ValidatorSet, PENDING_VALIDATORS);
}

export function setPendingValidators(state: KeyValueTree, validators: ValidatorSet): void {
  state.insert(PENDING_VALIDATORS, encode(ValidatorSet, validators));
}

export function clearPendingValidators(state: KeyValueTree): void {
  state.remove(PENDING_VALIDATORS);
}

function committeeKey(kind: number, runtimeId: Namespace): Uint8Array {
  return concat(COMMITTEE, Uint8Array.of(kind), sha512_256(runtimeId));
}
