import { toHex } from "../../codec/bytes.ts";
import type { Document } from "../../types/genesis.ts";
import type { Context } from "../context.ts";
import { getRuntimes, getSuspendedRuntimes } from "../registry/runtime-state.ts";
import { createRuntimeState } from "./new-runtime.ts";
import { setParameters } from "./state.ts";

/** Creates the state of every ParaTime that the registry took from the genesis document. */
export function initChain(ctx: Context, document: Document): void {
  const { params, runtime_states: states } = document.roothash;
  setParameters(ctx, params);
  const restore = (suspended: boolean) => (runtime: ReturnType<typeof getRuntimes>[number]) =>
    createRuntimeState(ctx, runtime, { suspended, state: states?.get(toHex(runtime.id)) ?? null });
  getRuntimes(ctx.state).forEach(restore(false));
  getSuspendedRuntimes(ctx.state).forEach(restore(true));
}
