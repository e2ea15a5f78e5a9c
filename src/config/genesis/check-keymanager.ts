import { equal, toBase64 } from "../../codec/bytes.ts";
import { isKeyManagerNamespace } from "../../codec/common-types.ts";
import { encode } from "../../codec/schema.ts";
import { contexts } from "../../crypto/contexts.ts";
import { verify } from "../../crypto/signature.ts";
import { type Genesis, PolicySGX, type SignedPolicySGX } from "../../types/keymanager.ts";
import type { CheckGenesisOptions, Report } from "./check-report.ts";

/** oasis-core v26.1 go/keymanager/secrets/sanity_check.go. */
export function checkKeyManager({ statuses }: Genesis, options: CheckGenesisOptions, report: Report): void {
  for (const [i, status] of (statuses ?? []).entries()) {
    const path = `keymanager.statuses[${i}]`;
    if (!isKeyManagerNamespace(status.id)) report(`${path}.id`, "is not the id of a key manager");
    for (const node of status.nodes ?? []) {
      if (options.blacklist.has(node))
        report(`${path}.nodes`, `${toBase64(node)} is a key that is never valid`);
    }
    const { policy, next_policy: next } = status;
    if (policy !== null) checkPolicySignatures(`${path}.policy`, policy, options, report);
    if (next === null) continue;
    checkPolicySignatures(`${path}.next_policy`, next, options, report);
    if (policy === null) continue;
    if (!equal(policy.policy.id, next.policy.id))
      report(`${path}.next_policy.policy.id`, "differs from the policy's");
    if (next.policy.serial <= policy.policy.serial) {
      report(`${path}.next_policy.policy.serial`, `must be above ${policy.policy.serial}`);
    }
  }
}

function checkPolicySignatures(
  path: string,
  signed: SignedPolicySGX,
  { blacklist }: CheckGenesisOptions,
  report: Report,
): void {
  const message = encode(PolicySGX, signed.policy);
  for (const [i, { public_key, signature }] of (signed.signatures ?? []).entries()) {
    if (!verify(contexts.keyManagerPolicy, public_key, message, signature, { blacklist })) {
      report(`${path}.signatures[${i}]`, `of ${toBase64(public_key)} is not valid`);
    }
  }
}
