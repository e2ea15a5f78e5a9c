import { equal } from "../../../codec/bytes.ts";
import { encode } from "../../../codec/schema.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { verify } from "../../../crypto/signature.ts";
import { PolicySGX, type SignedPolicySGX, Status } from "../../../types/keymanager.ts";
import type { Context } from "../../context.ts";
import { TxError } from "../../errors.ts";
import { hasFeature261 } from "../../features.ts";
import { getNodes } from "../../registry/state.ts";
import { requireKeyManager } from "../committee-keys.ts";
import { committeeStatus } from "./committee-status.ts";
import { statusEvent } from "./events.ts";
import { getParameters, getStatus, setStatus } from "./state.ts";

/** `keymanager.UpdatePolicy`: sets the policy for the next epoch; before 26.1 for the running one. */
export function updatePolicy(ctx: Context, signed: SignedPolicySGX): void {
  const runtime = requireKeyManager(ctx, signed.policy.id);
  if (!equal(runtime.entity_id, ctx.txSigner)) {
    throw new TxError("keymanager: invalid update signer");
  }
  const status = getStatus(ctx.state, runtime.id) ?? Status.make({ id: runtime.id });
  checkSignatures(ctx, signed);
  checkSuccession(status.policy, signed);
  if (ctx.isCheckOnly) {
    return;
  }
  ctx.useGas(1, "update_policy", getParameters(ctx.state).gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const scheduled: Status = { ...status, next_policy: signed };
  const updated = hasFeature261(ctx)
    ? scheduled
    : committeeStatus(ctx, runtime, scheduled, null, getNodes(ctx.state), ctx.currentEpoch());
  setStatus(ctx.state, updated);
  ctx.emit(statusEvent, { Statuses: [updated] });
}

/** Every signature there is must be valid; whether they suffice is for the enclaves to say. */
function checkSignatures(ctx: Context, { policy, signatures }: SignedPolicySGX): void {
  const message = encode(PolicySGX, policy);
  for (const { public_key, signature } of signatures ?? []) {
    if (!verify(contexts.keyManagerPolicy, public_key, message, signature, ctx.chain.signatures)) {
      throw new TxError("keymanager: policy signature is invalid");
    }
  }
}

function checkSuccession(current: SignedPolicySGX | null, next: SignedPolicySGX): void {
  if (current === null) {
    return;
  }
  if (!equal(current.policy.id, next.policy.id) || current.policy.serial >= next.policy.serial) {
    throw new TxError("keymanager: policy serial number did not increase");
  }
}
