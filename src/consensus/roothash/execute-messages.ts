import type { Namespace } from "../../codec/common-types.ts";
import { runtimeAddress } from "../../types/account-address.ts";
import { roothashErrors, wirePair } from "../../types/errors.ts";
import type { Message, MessageEvent } from "../../types/roothash-message.ts";
import type { Context } from "../context.ts";
import { isTxFailure, NoSubscribersError } from "../errors.ts";
import { noGas } from "../gas.ts";
import { messages as kinds, type MessageResult } from "../messages.ts";

const CBOR_NULL = Uint8Array.of(0xf6);

/**
 * Executes the messages that a ParaTime sent in a finalised round, on its behalf and without gas, in order. A failure
 * does not stop the others and takes nothing back (consensus-b.md 4.7).
 */
export function executeMessages(
  ctx: Context,
  runtimeId: Namespace,
  messages: readonly Message[],
): MessageEvent[] {
  return ctx.asCaller(runtimeAddress(runtimeId), (child) => {
    child.setGas(noGas);
    return dispatchAll(child, messages);
  });
}

/**
 * Charges the gas that the messages need to the meter of the context, by simulating them. What they answer does not
 * matter, not even that the gas is used up.
 */
export function chargeMessageGas(ctx: Context, runtimeId: Namespace, messages: readonly Message[]): void {
  ctx.simulate((simulation) =>
    simulation.asCaller(runtimeAddress(runtimeId), (child) => dispatchAll(child, messages)),
  );
}

function dispatchAll(ctx: Context, messages: readonly Message[]): MessageEvent[] {
  return messages.map((message, index) => {
    try {
      const result = dispatch(ctx, message);
      return { module: "", code: 0, index, result: result instanceof Uint8Array ? result : CBOR_NULL };
    } catch (error) {
      if (!isTxFailure(error)) {
        throw error;
      }
      const failure = error instanceof NoSubscribersError ? roothashErrors.invalidArgument() : error;
      return { ...wirePair(failure), index, result: CBOR_NULL };
    }
  });
}

/** @returns CBOR of the handler's result, null for none */
function dispatch(ctx: Context, message: Message): MessageResult | null {
  if (message.staking !== null) {
    return ctx.publish(kinds.runtimeStaking, message.staking);
  }
  if (message.registry !== null) {
    return ctx.publish(kinds.runtimeRegistry, message.registry);
  }
  if (message.governance !== null) {
    return ctx.publish(kinds.runtimeGovernance, message.governance);
  }
  throw roothashErrors.invalidArgument();
}
