import { HANDOFFS_DISABLED } from "../../../types/churp.ts";
import type { Document } from "../../../types/genesis.ts";
import type { Context } from "../../context.ts";
import { InvariantError } from "../../errors.ts";
import { isGenesisKeyManager } from "../genesis-runtimes.ts";
import { updateEvent } from "./events.ts";
import { resetHandoff } from "./handoff.ts";
import { setParameters, setStatus } from "./state.ts";

/** Costs that every network starts with: those of the genesis document are ignored (consensus-b.md 7.19). */
export const DEFAULT_GAS_COSTS = new Map([
  ["create", 1000n],
  ["update", 1000n],
  ["apply", 1000n],
  ["confirm", 1000n],
]);

/** Takes over the schemes, each with its running handoff given up. */
export function initChurp(ctx: Context, document: Document): void {
  const genesis = document.keymanager.churp;
  if (genesis === null) {
    return;
  }
  setParameters(ctx, { gas_costs: DEFAULT_GAS_COSTS });
  for (const status of genesis.statuses ?? []) {
    if (!isGenesisKeyManager(ctx, document, status.runtime_id)) {
      throw new InvariantError("unknown key manager runtime of a CHURP scheme");
    }
    // The epoch is not set yet; one after "no epoch" is 0, so the first handoff waits for nothing.
    const next =
      status.handoff_interval === 0n ? HANDOFFS_DISABLED : BigInt.asUintN(64, ctx.currentEpoch() + 1n);
    const taken = resetHandoff(status, next);
    setStatus(ctx.state, taken);
    ctx.emit(updateEvent, { Status: taken });
  }
}
