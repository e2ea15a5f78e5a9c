import type { Address } from "../codec/common-types.ts";
import { CodedError } from "../codec/errors.ts";
import type { ChangeParametersProposal } from "../types/governance.ts";
import type { GovernanceMessage, RegistryMessage, StakingMessage } from "../types/roothash-message.ts";
import type { Runtime } from "../types/runtime.ts";
import type { Context } from "./context.ts";
import { InvariantError, isTxFailure, NoSubscribersError } from "./errors.ts";

/** A kind of message between services; `D` is what is sent. */
export interface MessageKind<D> {
  readonly name: string;
  /** Only in the type: ties data to the kind. */
  readonly data?: D;
}

function kind<D>(name: string): MessageKind<D> {
  return { name };
}

/** A call of a method on behalf of another caller, from a vault. */
export interface Subcall {
  caller: Address;
  method: string;
  /** CBOR body; null when absent. */
  body: Uint8Array | null;
}

/** Asks whether a withdrawal from an account with a hook is allowed. */
export interface AccountHookCall {
  /** Module named by the hook. */
  module: string;
  from: Address;
  to: Address;
  amount: bigint;
}

/** All messages that services exchange. Publishers and subscribers: consensus-a.md section 7. */
export const messages = {
  stateSyncCompleted: kind<null>("state sync completed"),
  executeSubcall: kind<Subcall>("execute subcall"),
  runtimeStaking: kind<StakingMessage>("runtime message staking"),
  runtimeRegistry: kind<RegistryMessage>("runtime message registry"),
  runtimeGovernance: kind<GovernanceMessage>("runtime message governance"),
  accountHook: kind<AccountHookCall>("account hook"),
  validateParameterChanges: kind<ChangeParametersProposal>("validate parameter changes"),
  changeParameters: kind<ChangeParametersProposal>("change parameters"),
  newRuntimeRegistered: kind<Runtime>("new runtime registered"),
  runtimeUpdated: kind<Runtime>("runtime updated"),
  runtimeResumed: kind<Runtime>("runtime resumed"),
  /** Data is the epoch to be scheduled. */
  beforeSchedule: kind<bigint>("before schedule"),
} as const;

/** Result of a message: CBOR-able by the publisher's knowledge; null means "not mine" or "no result". */
export type MessageResult = unknown;

/** What a service does with one kind of message. */
export interface MessageHandler {
  readonly kind: MessageKind<unknown>;
  readonly handle: (ctx: Context, data: never) => MessageResult | null;
}

export function onMessage<D>(
  messageKind: MessageKind<D>,
  handle: (ctx: Context, data: D) => MessageResult | null,
): MessageHandler {
  return { kind: messageKind as MessageKind<unknown>, handle };
}

export interface Subscriber {
  readonly name: string;
  readonly handler: MessageHandler;
  /** A disabled subscriber is skipped and does not count. */
  readonly enabled?: (ctx: Context) => boolean;
}

/** Delivers messages to the services that handle their kind, in order of registration. */
export class MessageDispatcher {
  readonly #subscribers = new Map<MessageKind<unknown>, Subscriber[]>();

  constructor(subscribers: Iterable<Subscriber>) {
    for (const subscriber of subscribers) {
      const list = this.#subscribers.get(subscriber.handler.kind) ?? [];
      list.push(subscriber);
      this.#subscribers.set(subscriber.handler.kind, list);
    }
  }

  /**
   * Delivers to all enabled subscribers and returns the one result that is not null.
   *
   * All are called even if one fails; then the first failure is thrown, a coded one before others, which is what
   * the depth-first search for a code finds in the joined error (consensus-a.md 1.8).
   * @throws NoSubscribersError when nobody was there to handle it
   */
  publish<D>(ctx: Context, messageKind: MessageKind<D>, data: D): MessageResult | null {
    let delivered = 0;
    let result: MessageResult | null = null;
    const failures: unknown[] = [];
    for (const { name, handler, enabled } of this.#subscribers.get(messageKind as MessageKind<unknown>) ??
      []) {
      if (enabled && !enabled(ctx)) {
        continue;
      }
      delivered++;
      try {
        const value = handler.handle(ctx, data as never);
        if (value !== null && result !== null) {
          throw new InvariantError(`two results for message ${messageKind.name}`, { key: name });
        }
        result = value ?? result;
      } catch (error) {
        if (!isTxFailure(error)) {
          throw error;
        }
        failures.push(error);
      }
    }
    if (delivered === 0) {
      throw new NoSubscribersError(messageKind.name);
    }
    if (failures.length > 0) {
      throw (
        failures.find((error) => error instanceof CodedError && error.module !== "unknown") ?? failures[0]
      );
    }
    return result;
  }
}
