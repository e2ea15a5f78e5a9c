import { equal } from "../../../codec/bytes.ts";
import { HANDOFFS_DISABLED, type Status, type UpdateRequest } from "../../../types/churp.ts";
import type { Context } from "../../context.ts";
import { TxError } from "../../errors.ts";
import { updateEvent } from "./events.ts";
import { areHandoffsDisabled, resetHandoff } from "./handoff.ts";
import { checkPolicy, checkPolicyFeature } from "./policy.ts";
import { requireOwned, requireScheme } from "./require.ts";
import { getParameters, setStatus } from "./state.ts";

/** `keymanager/churp.Update`: changes extra shares, the interval of handoffs, or the policy of a scheme. */
export function update(ctx: Context, request: UpdateRequest): void {
  checkPolicyFeature(ctx, request.policy);
  ctx.useGas(1, "update", getParameters(ctx.state).gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  requireOwned(ctx, request.runtime_id);
  const present = requireScheme(ctx, request.runtime_id, request.id);
  checkRequest(request);
  const { extra_shares: extra, handoff_interval: interval, policy } = request;
  let status: Status = { ...present, extra_shares: extra ?? present.extra_shares };
  if (interval !== null) {
    status = changeInterval(ctx, status, interval);
  }
  if (policy !== null) {
    checkPolicy(ctx, policy, present.policy.policy);
    status = { ...status, policy };
  }
  if (ctx.isCheckOnly) {
    return;
  }
  setStatus(ctx.state, status);
  ctx.emit(updateEvent, { Status: status });
}

function checkRequest({ id, runtime_id, extra_shares, handoff_interval, policy }: UpdateRequest): void {
  if (extra_shares === null && handoff_interval === null && policy === null) {
    throw new TxError("keymanager: churp: update should not be empty");
  }
  if (policy !== null && (policy.policy.id !== id || !equal(policy.policy.runtime_id, runtime_id))) {
    throw new TxError("keymanager: churp: policy is for another scheme");
  }
}

/** Interval 0 ends handoffs at once; a handoff that is planned already takes place before a new interval counts. */
function changeInterval(ctx: Context, status: Status, interval: bigint): Status {
  if (interval === 0n) {
    return { ...resetHandoff(status, HANDOFFS_DISABLED), handoff_interval: interval };
  }
  const next = areHandoffsDisabled(status)
    ? BigInt.asUintN(64, ctx.currentEpoch() + 1n)
    : status.next_handoff;
  return { ...status, next_handoff: next, handoff_interval: interval };
}
