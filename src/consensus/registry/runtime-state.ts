import type { Namespace, PublicKey } from "../../codec/common-types.ts";
import { encode } from "../../codec/schema.ts";
import type { KeyValueTree, ReadonlyTree } from "../../storage/tree.ts";
import { Runtime } from "../../types/runtime.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { readSharedState } from "../state-value.ts";
import { runtimeSuspended } from "./events.ts";
import { hashedKey, RUNTIME, RUNTIME_BY_ENTITY, SUSPENDED_RUNTIME } from "./keys.ts";

const PRESENT = new Uint8Array(0);

/** An active ParaTime; null when unknown or suspended. Shared, do not change. */
export function getRuntime(state: ReadonlyTree, id: Namespace): Readonly<Runtime> | null {
  return readSharedState(state, Runtime, hashedKey(RUNTIME, id));
}

/** A suspended ParaTime; null when unknown or active. Shared, do not change. */
export function getSuspendedRuntime(state: ReadonlyTree, id: Namespace): Readonly<Runtime> | null {
  return readSharedState(state, Runtime, hashedKey(SUSPENDED_RUNTIME, id));
}

/** An active or suspended ParaTime; null when unknown. Shared, do not change. */
export function getAnyRuntime(state: ReadonlyTree, id: Namespace): Readonly<Runtime> | null {
  return getRuntime(state, id) ?? getSuspendedRuntime(state, id);
}

/** Active ParaTimes, in order of their hashed ids. */
export function getRuntimes(state: ReadonlyTree): Readonly<Runtime>[] {
  return listRuntimes(state, RUNTIME);
}

/** Suspended ParaTimes, in order of their hashed ids. */
export function getSuspendedRuntimes(state: ReadonlyTree): Readonly<Runtime>[] {
  return listRuntimes(state, SUSPENDED_RUNTIME);
}

/** All ParaTimes: first the active ones, then the suspended ones. */
export function getAllRuntimes(state: ReadonlyTree): Readonly<Runtime>[] {
  return [...getRuntimes(state), ...getSuspendedRuntimes(state)];
}

export function setRuntime(state: KeyValueTree, runtime: Readonly<Runtime>, suspended: boolean): void {
  state.insert(hashedKey(suspended ? SUSPENDED_RUNTIME : RUNTIME, runtime.id), encode(Runtime, runtime));
}

/** Moves an active ParaTime to the suspended ones and says so with an event. */
export function suspendRuntime(ctx: Context, id: Namespace): void {
  if (!move(ctx.state, id, RUNTIME, SUSPENDED_RUNTIME)) {
    throw new InvariantError("only an active ParaTime can be suspended", { height: ctx.currentHeight });
  }
  ctx.emit(runtimeSuspended, { runtime_id: id });
}

/** Moves a suspended ParaTime back to the active ones. Returns whether it was suspended. */
export function resumeRuntime(state: KeyValueTree, id: Namespace): boolean {
  return move(state, id, SUSPENDED_RUNTIME, RUNTIME);
}

/** Whether the entity owns a ParaTime, suspended or not. */
export function hasEntityRuntimes(state: ReadonlyTree, entity: PublicKey): boolean {
  for (const _ of state.prefix(hashedKey(RUNTIME_BY_ENTITY, entity))) {
    return true;
  }
  return false;
}

export function setRuntimeOwner(state: KeyValueTree, id: Namespace, entity: PublicKey): void {
  state.insert(hashedKey(RUNTIME_BY_ENTITY, entity, id), PRESENT);
}

export function removeRuntimeOwner(state: KeyValueTree, id: Namespace, entity: PublicKey): void {
  state.remove(hashedKey(RUNTIME_BY_ENTITY, entity, id));
}

function listRuntimes(state: ReadonlyTree, prefix: Uint8Array): Readonly<Runtime>[] {
  return Array.from(state.prefix(prefix), ([key]) => readSharedState(state, Runtime, key)!);
}

/** Moves the stored bytes as they are. */
function move(state: KeyValueTree, id: Namespace, from: Uint8Array, to: Uint8Array): boolean {
  const key = hashedKey(from, id);
  const value = state.get(key);
  if (value === null) {
    return false;
  }
  state.remove(key);
  state.insert(hashedKey(to, id), value);
  return true;
}
