import { equal } from "../../../codec/bytes.ts";
import { encode } from "../../../codec/schema.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { verify } from "../../../crypto/signature.ts";
import { PolicySGX, type SignedPolicySGX } from "../../../types/churp.ts";
import { registryErrors } from "../../../types/errors.ts";
import type { Context } from "../../context.ts";
import { TxError } from "../../errors.ts";
import { hasFeature261 } from "../../features.ts";

/** Before 26.1 policies must not say who may query. @throws registry/1, as the network does */
export function checkPolicyFeature(ctx: Context, policy: SignedPolicySGX | null): void {
  if (policy !== null && policy.policy.may_query !== null && !hasFeature261(ctx)) {
    throw registryErrors.invalidArgument();
  }
}

/** @throws TxError when the policy does not follow the previous one (null: none), or a signature is invalid */
export function checkPolicy(ctx: Context, signed: SignedPolicySGX, previous: PolicySGX | null): void {
  const { policy, signatures } = signed;
  const expectedSerial = previous === null ? 0 : (previous.serial + 1) >>> 0;
  if (policy.serial !== expectedSerial) {
    throw new TxError(`keymanager: churp: policy serial number must be ${expectedSerial}`);
  }
  if (previous !== null && (policy.id !== previous.id || !equal(policy.runtime_id, previous.runtime_id))) {
    throw new TxError("keymanager: churp: policy is for another scheme");
  }
  const message = encode(PolicySGX, policy);
  for (const { public_key, signature } of signatures ?? []) {
    if (!verify(contexts.churpPolicy, public_key, message, signature, ctx.chain.signatures)) {
      throw new TxError("keymanager: churp: policy signature is invalid");
    }
  }
}
