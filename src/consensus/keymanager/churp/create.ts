import { equal, toHex } from "../../../codec/bytes.ts";
import { stakingAddress } from "../../../types/account-address.ts";
import { type CreateRequest, HANDOFFS_DISABLED, Status } from "../../../types/churp.ts";
import type { Runtime } from "../../../types/runtime.ts";
import { KIND_KEY_MANAGER_CHURP } from "../../../types/staking.ts";
import type { Context } from "../../context.ts";
import { TxError } from "../../errors.ts";
import { addStakeClaim } from "../../staking/accumulator.ts";
import * as staking from "../../staking/state.ts";
import { createEvent } from "./events.ts";
import { checkPolicy, checkPolicyFeature } from "./policy.ts";
import { requireOwned } from "./require.ts";
import { getParameters, getStatus, setStatus } from "./state.ts";

const MAX_THRESHOLD = 127;

/** `keymanager/churp.Create`: starts a scheme of shared secrets. consensus-b.md 5.3. */
export function create(ctx: Context, request: CreateRequest): void {
  checkPolicyFeature(ctx, request.policy);
  ctx.useGas(1, "create", getParameters(ctx.state).gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const { id, runtime_id: runtimeId, handoff_interval: interval, policy } = request;
  const runtime = requireOwned(ctx, runtimeId);
  if (getStatus(ctx.state, runtimeId, id) !== null) {
    throw new TxError("keymanager: churp: ID must be unique");
  }
  if (request.suite_id > 0 || request.threshold > MAX_THRESHOLD) {
    throw new TxError("keymanager: churp: unsupported suite or threshold");
  }
  if (policy.policy.id !== id || !equal(policy.policy.runtime_id, runtimeId)) {
    throw new TxError("keymanager: churp: policy is for another scheme");
  }
  checkPolicy(ctx, policy, null);
  if (ctx.isCheckOnly) {
    return;
  }
  const status = Status.make({
    id,
    runtime_id: runtimeId,
    suite_id: request.suite_id,
    threshold: request.threshold,
    extra_shares: request.extra_shares,
    handoff_interval: interval,
    policy,
    next_handoff: interval === 0n ? HANDOFFS_DISABLED : BigInt.asUintN(64, ctx.currentEpoch() + 1n),
  });
  claimStake(ctx, runtime, id);
  setStatus(ctx.state, status);
  ctx.emit(createEvent, { Status: status });
}

function claimStake(ctx: Context, runtime: Readonly<Runtime>, id: number): void {
  if (staking.getParameters(ctx.state).debug_bypass_stake) {
    return;
  }
  const claim = `keymanager.churp.Scheme.${toHex(runtime.id)}.${id}`;
  addStakeClaim(ctx, stakingAddress(runtime.entity_id), claim, [
    { global: KIND_KEY_MANAGER_CHURP, const: null },
  ]);
}
