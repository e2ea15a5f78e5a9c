import type { Waiting } from "../../telemetry/waiting.ts";
import type { NodeRuntime } from "../../types/node.ts";

/** What a part of the node offers to the network, or what it still waits for. */
export type RoleOffer =
  | { readonly ready: true; readonly roles: number; readonly runtimes: readonly NodeRuntime[] }
  | { readonly ready: false; readonly waiting: Waiting };

/**
 * A part of the node that wants a role in the descriptor. As long as one of them is not ready the node registers
 * nothing, so that it is never elected for what it cannot do (facts/runtime.md section 7).
 */
export interface RoleProvider {
  readonly name: string;
  offer(): RoleOffer;
}
