import * as types from "../../types/vault.ts";
import { eventKind } from "../events.ts";

const SERVICE = "400_vault";

export const actionSubmittedEvent = eventKind(SERVICE, "action_submitted", types.ActionSubmittedEvent);
export const actionCanceledEvent = eventKind(SERVICE, "action_canceled", types.ActionCanceledEvent);
export const actionExecutedEvent = eventKind(SERVICE, "action_executed", types.ActionExecutedEvent);
export const stateChangedEvent = eventKind(SERVICE, "state_changed", types.StateChangedEvent);
export const policyUpdatedEvent = eventKind(SERVICE, "policy_updated", types.PolicyUpdatedEvent);
export const authorityUpdatedEvent = eventKind(SERVICE, "authority_updated", types.AuthorityUpdatedEvent);
