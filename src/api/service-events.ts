import type { AbciEvent, BlockResults, EventAttribute } from "../chain/application.ts";
import { fromBase64 } from "../codec/bytes.ts";
import type { Hash } from "../codec/common-types.ts";
import { QanatError } from "../codec/errors.ts";
import { type Codec, decode, type Infer } from "../codec/schema.ts";
import { EMPTY_HASH, sha512_256 } from "../crypto/hash.ts";
import {
  type AppName,
  ATTRIBUTE_RUNTIME_ID,
  appEvents,
  EVENT_TYPE_PREFIX,
  type EventKind,
} from "../types/events.ts";
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

type Values<App extends AppName> = { [Kind in EventKind<App>]: Infer<(typeof appEvents)[App][Kind]> };

interface Spec<App extends AppName, E> {
  readonly app: App;
  readonly event: Codec<E>;
  /** Where in an event of the API the value of each kind goes. */
  readonly place: { readonly [Kind in EventKind<App>]: (value: Values<App>[Kind]) => Partial<E> };
  /** What an attribute is that is no kind of event: skipped, or an error that makes the whole query fail. */
  readonly others: "skipped" | "refused";
  /** Members that the other attributes of the event give. */
  readonly context?: (event: AbciEvent) => Partial<E>;
}

function serviceEvents<App extends AppName, E>(spec: Spec<App, E>): ServiceEvents<E> {
  const { app, event, place, others, context } = spec;
  const codecs: Readonly<Record<string, Codec<unknown>>> = appEvents[app] as never;
  const places: Readonly<Record<string, (value: unknown) => Partial<E>>> = place as never;
  return {
    type: EVENT_TYPE_PREFIX + app,
    read: (attribute, origin, abciEvent) => {
      if (attribute.key === ATTRIBUTE_RUNTIME_ID) return null;
      if (!Object.hasOwn(codecs, attribute.key)) {
        if (others === "skipped") return null;
        throw new QanatError("api/unknown_event", `${app}: unknown event type: key: ${attribute.key}`);
      }
      const value = decode(codecs[attribute.key]!, fromBase64(attribute.value));
      return { ...event.zero(), ...origin, ...context?.(abciEvent), ...places[attribute.key]!(value) };
    },
  };
}

export const stakingEvents = serviceEvents({
  app: "100_staking",
  event: staking.Event,
  others: "refused",
  place: {
    transfer: (transfer) => ({ transfer }),
    burn: (burn) => ({ burn }),
    add_escrow: (add) => ({ escrow: { ...staking.EscrowEvent.zero(), add } }),
    take_escrow: (take) => ({ escrow: { ...staking.EscrowEvent.zero(), take } }),
    debonding_start: (debonding_start) => ({ escrow: { ...staking.EscrowEvent.zero(), debonding_start } }),
    reclaim_escrow: (reclaim) => ({ escrow: { ...staking.EscrowEvent.zero(), reclaim } }),
    allowance_change: (allowance_change) => ({ allowance_change }),
  },
});

export const registryEvents = serviceEvents({
  app: "200_registry",
  event: registry.Event,
  others: "skipped",
  place: {
    runtime_started: (runtime_started) => ({ runtime_started }),
    runtime_suspended: (runtime_suspended) => ({ runtime_suspended }),
    entity: (entity) => ({ entity }),
    node: (node) => ({ node }),
    node_unfrozen: (node_unfrozen) => ({ node_unfrozen }),
  },
});

export const roothashEvents = serviceEvents({
  app: "999_roothash",
  event: roothash.Event,
  others: "refused",
  place: {
    executor_commit: (executor_committed) => ({ executor_committed }),
    execution_discrepancy: (execution_discrepancy) => ({ execution_discrepancy }),
    finalized: (finalized) => ({ finalized }),
    in_msg_processed: (in_msg_processed) => ({ in_msg_processed }),
  },
  context: (event) => ({ runtime_id: runtimeIdOf(event) }),
});

/** The runtime id is an attribute of its own beside the event: base64 of the raw 32 bytes. */
function runtimeIdOf(event: AbciEvent): Uint8Array {
  const ids = event.attributes.filter((attribute) => attribute.key === ATTRIBUTE_RUNTIME_ID);
  if (ids.length !== 1) {
    throw new QanatError("api/unknown_event", `roothash: expected one runtime id, found ${ids.length}`);
  }
  return fromBase64(ids[0]!.value);
}

export const governanceEvents = serviceEvents({
  app: "300_governance",
  event: governance.Event,
  others: "refused",
  place: {
    proposal_submitted: (proposal_submitted) => ({ proposal_submitted }),
    proposal_executed: (proposal_executed) => ({ proposal_executed }),
    proposal_finalized: (proposal_finalized) => ({ proposal_finalized }),
    vote: (vote) => ({ vote }),
  },
});

export const vaultEvents = serviceEvents({
  app: "400_vault",
  event: vault.Event,
  others: "refused",
  place: {
    action_submitted: (action_submitted) => ({ action_submitted }),
    action_canceled: (action_canceled) => ({ action_canceled }),
    action_executed: (action_executed) => ({ action_executed }),
    state_changed: (state_changed) => ({ state_changed }),
    policy_updated: (policy_updated) => ({ policy_updated }),
    authority_updated: (authority_updated) => ({ authority_updated }),
  },
});

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

/** Values of all events of one kind of an application, in live order. */
export function eventValues<App extends AppName, Kind extends EventKind<App>>(
  results: BlockResults,
  app: App,
  kind: Kind,
): Values<App>[Kind][] {
  const type = EVENT_TYPE_PREFIX + app;
  const codec = appEvents[app][kind] as Codec<Values<App>[Kind]>;
  const all = [results.beginEvents, results.endEvents, ...results.txResults.map((result) => result.events)];
  return all.flatMap((events) =>
    events
      .filter((event) => event.type === type)
      .flatMap((event) => event.attributes.filter((attribute) => attribute.key === kind))
      .map((attribute) => decode(codec, fromBase64(attribute.value))),
  );
}
