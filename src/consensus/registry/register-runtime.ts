import { equal } from "../../codec/bytes.ts";
import { registryErrors } from "../../types/errors.ts";
import { GOVERNANCE_ENTITY, KIND_COMPUTE, KIND_KEY_MANAGER, type Runtime } from "../../types/runtime.ts";
import type { Context } from "../context.ts";
import { hasFeature261 } from "../features.ts";
import { messages } from "../messages.ts";
import { addStakeClaim, removeStakeClaim } from "../staking/accumulator.ts";
import { getParameters as getStakingParameters } from "../staking/state.ts";
import { runtimeStarted } from "./events.ts";
import {
  getAnyRuntime,
  getRuntime,
  getSuspendedRuntime,
  removeRuntimeOwner,
  setRuntime,
  setRuntimeOwner,
} from "./runtime-state.ts";
import { runtimeClaim, runtimeStakingAddress, runtimeThresholds } from "./stake-claims.ts";
import { getParameters } from "./state.ts";
import { verifyKeyManager, verifyRuntime } from "./verify-runtime.ts";
import { verifyRuntimeNew, verifyRuntimeUpdate } from "./verify-runtime-update.ts";

/**
 * `registry.RegisterRuntime`, and the message by which a ParaTime updates itself: registers a ParaTime or replaces its
 * descriptor. Order of checks: consensus-a.md 3.5.
 *
 * The descriptor and the owner index are written around the overlay of the transaction, straight into the state; stake
 * claims, effects of messages and events go through it (consensus-a.md 1.9).
 */
export function registerRuntime(ctx: Context, runtime: Readonly<Runtime>): void {
  const { state } = ctx;
  const epoch = ctx.epochAtCurrentHeight();
  const feature261 = hasFeature261(ctx);
  verifyDescriptor(ctx, runtime, epoch, feature261);
  if (ctx.isCheckOnly) {
    return;
  }
  const params = getParameters(state);
  ctx.useGas(1, "register_runtime", params.gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const active = getRuntime(state, runtime.id);
  const existing = active ?? getSuspendedRuntime(state, runtime.id);
  const suspended = active === null && existing !== null;
  if (existing === null) {
    verifyRuntimeNew(runtime, epoch, params, ctx.isInitChain);
  } else {
    verifyRuntimeUpdate(existing, runtime, epoch, params, feature261);
  }
  if (!ctx.isInitChain) {
    verifyCaller(ctx, existing ?? runtime);
  }

  ctx.transaction((child) => {
    moveStakeClaim(child, existing, runtime);
    if (existing === null) {
      child.publish(messages.newRuntimeRegistered, runtime);
    }
    child.publish(messages.runtimeUpdated, runtime);
    setRuntime(state, runtime, suspended);
    // Before 26.1 the entry of a former owner stays for ever.
    if (existing === null || !feature261) {
      setRuntimeOwner(state, runtime.id, runtime.entity_id);
    } else if (!equal(existing.entity_id, runtime.entity_id)) {
      removeRuntimeOwner(state, runtime.id, existing.entity_id);
      setRuntimeOwner(state, runtime.id, runtime.entity_id);
    }
    if (!suspended) {
      child.emit(runtimeStarted, { runtime });
    }
  });
}

function verifyDescriptor(
  ctx: Context,
  runtime: Readonly<Runtime>,
  epoch: bigint,
  feature261: boolean,
): void {
  const params = getParameters(ctx.state);
  if (params.disable_runtime_registration) {
    throw registryErrors.forbidden();
  }
  const { blacklist, dontBlameOasis } = ctx.chain;
  verifyRuntime(runtime, { params, epoch, feature261, blacklist, dontBlameOasis });
  if (runtime.kind === KIND_KEY_MANAGER && params.disable_km_runtime_registration) {
    throw registryErrors.forbidden();
  }
  if (runtime.kind === KIND_COMPUTE) {
    verifyKeyManager(runtime, (id) => getAnyRuntime(ctx.state, id));
  }
}

/** The caller must govern the descriptor that is in force: the old one if there is one. */
function verifyCaller(ctx: Context, governed: Readonly<Runtime>): void {
  const expected = runtimeStakingAddress(governed);
  if (expected === null) {
    throw registryErrors.forbidden();
  }
  if (!equal(ctx.caller, expected)) {
    throw governed.governance_model === GOVERNANCE_ENTITY
      ? registryErrors.incorrectTxSigner()
      : registryErrors.forbidden();
  }
}

/** Puts the claim on the account that backs the ParaTime from now on, and takes it from the one that did before. */
function moveStakeClaim(ctx: Context, existing: Readonly<Runtime> | null, runtime: Readonly<Runtime>): void {
  const address = runtimeStakingAddress(runtime);
  if (address === null || getStakingParameters(ctx.state).debug_bypass_stake) {
    return;
  }
  const claim = runtimeClaim(runtime.id);
  addStakeClaim(ctx, address, claim, runtimeThresholds(runtime));
  const former = existing === null ? null : runtimeStakingAddress(existing);
  if (former !== null && !equal(former, address)) {
    removeStakeClaim(ctx, former, claim);
  }
}
