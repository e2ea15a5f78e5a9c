import type { AbciEvent, BlockResults, EventAttribute } from "../chain/application.ts";
import { fromBase64 } from "../codec/bytes.ts";
import type { Hash } from "../codec/common-types.ts";
import { QanatError } from "../codec/errors.ts";
import { type Codec, decode } from "../codec/schema.ts";
import { EMPTY_HASH, sha512_256 } from "../crypto/hash.ts";
import * as governance from "../types/governance.ts";
import * as registry from "../types/registry.ts";
import * as roothash from "../types/roothash.ts";
import * as staking from "../types/staking-events.ts";
import * as vault from "../types/vault.ts";

/** Where an event comes from: the transaction's hash, or the empty hash for the block's own. */
interface Origin {
  readonly height: bigint;
  readonly tx_hash: Hash;
}

/** How a service's ABCI events become events of the API. */
export interface ServiceEvents<E> {
  /** ABCI event type. */
  readonly type: string;
  /** The event of an attribute, or `null` for an attribute that is no event of its own. */
  read(attribute: EventAttribute, origin: Origin, event: AbciEvent): E | null;
}

function value<T>(codec: Codec<T>, attribute: EventAttribute): T {
  return decode(codec, fromBase64(attribute.value));
}

/** @throws always: an attribute that no release of the network writes makes the whole query fail (api.md section 4) */
function unknownKind(service: string, key: string): never {
  throw new QanatError("api/unknown_event", `cometbft/${service}: unknown event type: key: ${key}`);
}

export const stakingEvents: ServiceEvents<staking.Event> = {
  type: "oasis_event_100_staking",
  read: (attribute, origin) => {
    const base = { ...staking.Event.zero(), ...origin };
    const escrow = staking.EscrowEvent.zero();
    switch (attribute.key) {
      case "transfer":
        return { ...base, transfer: value(staking.TransferEvent, attribute) };
      case "burn":
        return { ...base, burn: value(staking.BurnEvent, attribute) };
      case "add_escrow":
        return { ...base, escrow: { ...escrow, add: value(staking.AddEscrowEvent, attribute) } };
      case "take_escrow":
        return { ...base, escrow: { ...escrow, take: value(staking.TakeEscrowEvent, attribute) } };
      case "debonding_start":
        return {
          ...base,
          escrow: { ...escrow, debonding_start: value(staking.DebondingStartEscrowEvent, attribute) },
        };
      case "reclaim_escrow":
        return { ...base, escrow: { ...escrow, reclaim: value(staking.ReclaimEscrowEvent, attribute) } };
      case "allowance_change":
        return { ...base, allowance_change: value(staking.AllowanceChangeEvent, attribute) };
      default:
        return unknownKind("staking", attribute.key);
    }
  },
};

export const registryEvents: ServiceEvents<registry.Event> = {
  type: "oasis_event_200_registry",
  read: (attribute, origin) => {
    const base = { ...registry.Event.zero(), ...origin };
    switch (attribute.key) {
      case "runtime_started":
        return { ...base, runtime_started: value(registry.RuntimeStartedEvent, attribute) };
      case "runtime_suspended":
        return { ...base, runtime_suspended: value(registry.RuntimeSuspendedEvent, attribute) };
      case "entity":
        return { ...base, entity: value(registry.EntityEvent, attribute) };
      case "node":
        return { ...base, node: value(registry.NodeEvent, attribute) };
      case "node_unfrozen":
        return { ...base, node_unfrozen: value(registry.NodeUnfrozenEvent, attribute) };
      default:
        return null;
    }
  },
};

/** The runtime id is an attribute of its own beside the event: base64 of the raw 32 bytes. */
function runtimeIdOf(event: AbciEvent): Uint8Array {
  const ids = event.attributes.filter((attribute) => attribute.key === "runtime_id");
  if (ids.length !== 1) {
    throw new QanatError("api/unknown_event", `roothash: expected one runtime id, found ${ids.length}`);
  }
  return fromBase64(ids[0]!.value);
}

export const roothashEvents: ServiceEvents<roothash.Event> = {
  type: "oasis_event_999_roothash",
  read: (attribute, origin, event) => {
    if (attribute.key === "runtime_id") return null;
    const base = { ...roothash.Event.zero(), ...origin, runtime_id: runtimeIdOf(event) };
    switch (attribute.key) {
      case "executor_commit":
        return { ...base, executor_committed: value(roothash.ExecutorCommittedEvent, attribute) };
      case "execution_discrepancy":
        return {
          ...base,
          execution_discrepancy: value(roothash.ExecutionDiscrepancyDetectedEvent, attribute),
        };
      case "finalized":
        return { ...base, finalized: value(roothash.FinalizedEvent, attribute) };
      case "in_msg_processed":
        return { ...base, in_msg_processed: value(roothash.InMsgProcessedEvent, attribute) };
      default:
        return unknownKind("roothash", attribute.key);
    }
  },
};

export const governanceEvents: ServiceEvents<governance.Event> = {
  type: "oasis_event_300_governance",
  read: (attribute, origin) => {
    const base = { ...governance.Event.zero(), ...origin };
    switch (attribute.key) {
      case "proposal_submitted":
        return { ...base, proposal_submitted: value(governance.ProposalSubmittedEvent, attribute) };
      case "proposal_executed":
        return { ...base, proposal_executed: value(governance.ProposalExecutedEvent, attribute) };
      case "proposal_finalized":
        return { ...base, proposal_finalized: value(governance.ProposalFinalizedEvent, attribute) };
      case "vote":
        return { ...base, vote: value(governance.VoteEvent, attribute) };
      default:
        return unknownKind("governance", attribute.key);
    }
  },
};

export const vaultEvents: ServiceEvents<vault.Event> = {
  type: "oasis_event_400_vault",
  read: (attribute, origin) => {
    const base = { ...vault.Event.zero(), ...origin };
    switch (attribute.key) {
      case "action_submitted":
        return { ...base, action_submitted: value(vault.ActionSubmittedEvent, attribute) };
      case "action_canceled":
        return { ...base, action_canceled: value(vault.ActionCanceledEvent, attribute) };
      case "action_executed":
        return { ...base, action_executed: value(vault.ActionExecutedEvent, attribute) };
      case "state_changed":
        return { ...base, state_changed: value(vault.StateChangedEvent, attribute) };
      case "policy_updated":
        return { ...base, policy_updated: value(vault.PolicyUpdatedEvent, attribute) };
      case "authority_updated":
        return { ...base, authority_updated: value(vault.AuthorityUpdatedEvent, attribute) };
      default:
        return unknownKind("vault", attribute.key);
    }
  },
};

/** Events of one service among ABCI events of one origin. */
export function readEvents<E>(spec: ServiceEvents<E>, events: readonly AbciEvent[], origin: Origin): E[] {
  const out: E[] = [];
  for (const event of events) {
    if (event.type !== spec.type) continue;
    for (const attribute of event.attributes) {
      const read = spec.read(attribute, origin, event);
      if (read !== null) out.push(read);
    }
  }
  return out;
}

/** The executed block that events are read from. */
interface ExecutedBlock {
  readonly height: bigint;
  readonly txs: readonly Uint8Array[];
  readonly results: BlockResults;
}

/**
 * Events of a block: `query` order is BeginBlock, transactions, EndBlock; `live` order is the one of the streams,
 * BeginBlock, EndBlock, transactions (api.md gotcha 11).
 */
export function blockEvents<E>(spec: ServiceEvents<E>, block: ExecutedBlock, order: "query" | "live"): E[] {
  const own = { height: block.height, tx_hash: EMPTY_HASH };
  const begin = readEvents(spec, block.results.beginEvents, own);
  const end = readEvents(spec, block.results.endEvents, own);
  const txs = block.results.txResults.flatMap((result, index) =>
    readEvents(spec, result.events, { height: block.height, tx_hash: sha512_256(block.txs[index]!) }),
  );
  return order === "query" ? [...begin, ...txs, ...end] : [...begin, ...end, ...txs];
}

/** Whether a block has an attribute `key` of an event `type`. */
export function hasAttribute(results: BlockResults, type: string, key: string): boolean {
  const all = [results.beginEvents, ...results.txResults.map((result) => result.events), results.endEvents];
  return all.some((events) =>
    events.some(
      (event) => event.type === type && event.attributes.some((attribute) => attribute.key === key),
    ),
  );
}

/** Values of all attributes `key` of events `type` in live order. */
export function attributeValues<T>(results: BlockResults, type: string, key: string, codec: Codec<T>): T[] {
  const all = [results.beginEvents, results.endEvents, ...results.txResults.map((result) => result.events)];
  return all.flatMap((events) =>
    events
      .filter((event) => event.type === type)
      .flatMap((event) => event.attributes.filter((attribute) => attribute.key === key))
      .map((attribute) => value(codec, attribute)),
  );
}
