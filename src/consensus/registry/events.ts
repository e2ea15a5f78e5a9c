import {
  EntityEvent,
  NodeEvent,
  NodeUnfrozenEvent,
  RuntimeStartedEvent,
  RuntimeSuspendedEvent,
} from "../../types/registry.ts";
import { eventKind } from "../events.ts";

const SERVICE = "200_registry";

/** An entity was registered, updated or deregistered. */
export const entityEvent = eventKind(SERVICE, "entity", EntityEvent);
/** A node was registered or updated, or has expired. */
export const nodeEvent = eventKind(SERVICE, "node", NodeEvent);
/** A node was unfrozen. */
export const nodeUnfrozen = eventKind(SERVICE, "node_unfrozen", NodeUnfrozenEvent);
/** A ParaTime was registered, updated or resumed. */
export const runtimeStarted = eventKind(SERVICE, "runtime_started", RuntimeStartedEvent);
/** A ParaTime was suspended. */
export const runtimeSuspended = eventKind(SERVICE, "runtime_suspended", RuntimeSuspendedEvent);
