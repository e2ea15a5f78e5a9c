import type { Codec } from "../codec/schema.ts";
import * as beacon from "./beacon.ts";
import * as churp from "./churp.ts";
import * as governance from "./governance.ts";
import * as keymanager from "./keymanager.ts";
import * as registry from "./registry.ts";
import * as roothash from "./roothash.ts";
import * as scheduler from "./scheduler.ts";
import * as staking from "./staking-events.ts";
import * as vault from "./vault.ts";

/** CometBFT event type of an application's events: this and the application's name. */
export const EVENT_TYPE_PREFIX = "oasis_event_";

/**
 * Attribute that goes with every roothash event: the id's raw 32 bytes in base64, not CBOR.
 */
export const ATTRIBUTE_RUNTIME_ID = "runtime_id";

/** Registry attribute without a structure; its value is the text `1`. */
export const ATTRIBUTE_NODE_LIST_EPOCH = "node_list_epoch";

/**
 * Structure of every event, by application name and kind (facts/api.md section 4). The kind is the attribute's key,
 * its value base64 of the structure's CBOR.
 */
export const appEvents = {
  "000_beacon": {
    epoch: beacon.EpochEvent,
    beacon: beacon.BeaconEvent,
    vrf: beacon.VRFEvent,
  },
  "100_staking": {
    transfer: staking.TransferEvent,
    burn: staking.BurnEvent,
    add_escrow: staking.AddEscrowEvent,
    take_escrow: staking.TakeEscrowEvent,
    debonding_start: staking.DebondingStartEscrowEvent,
    reclaim_escrow: staking.ReclaimEscrowEvent,
    allowance_change: staking.AllowanceChangeEvent,
  },
  "200_registry": {
    runtime_started: registry.RuntimeStartedEvent,
    runtime_suspended: registry.RuntimeSuspendedEvent,
    entity: registry.EntityEvent,
    node: registry.NodeEvent,
    node_unfrozen: registry.NodeUnfrozenEvent,
  },
  "200_scheduler": {
    elected: scheduler.ElectedEvent,
  },
  "300_governance": {
    proposal_submitted: governance.ProposalSubmittedEvent,
    proposal_executed: governance.ProposalExecutedEvent,
    proposal_finalized: governance.ProposalFinalizedEvent,
    vote: governance.VoteEvent,
  },
  "400_vault": {
    action_submitted: vault.ActionSubmittedEvent,
    action_canceled: vault.ActionCanceledEvent,
    action_executed: vault.ActionExecutedEvent,
    state_changed: vault.StateChangedEvent,
    policy_updated: vault.PolicyUpdatedEvent,
    authority_updated: vault.AuthorityUpdatedEvent,
  },
  "999_keymanager": {
    status: keymanager.StatusUpdateEvent,
    master_secret: keymanager.MasterSecretPublishedEvent,
    ephemeral_secret: keymanager.EphemeralSecretPublishedEvent,
    "keymanager/churp.create": churp.CreateEvent,
    "keymanager/churp.update": churp.UpdateEvent,
  },
  "999_roothash": {
    executor_commit: roothash.ExecutorCommittedEvent,
    execution_discrepancy: roothash.ExecutionDiscrepancyDetectedEvent,
    finalized: roothash.FinalizedEvent,
    in_msg_processed: roothash.InMsgProcessedEvent,
  },
} as const;

/** Name of an application; their byte order is the order of execution. */
export type AppName = keyof typeof appEvents;

/** Kinds of an application's events. */
export type EventKind<App extends AppName> = keyof (typeof appEvents)[App] & string;

/** Structure of an event; undefined when the application has no such kind. */
export function eventCodec(app: string, kind: string): Codec<unknown> | undefined {
  const kinds = Object.hasOwn(appEvents, app) ? appEvents[app as AppName] : {};
  return Object.hasOwn(kinds, kind) ? (kinds as Record<string, Codec<unknown>>)[kind] : undefined;
}

/** Staking events are provable: they are leaves of the events root in the block metadata (facts/consensus-a.md 1.5). */
export const PROVABLE_APP: AppName = "100_staking";
