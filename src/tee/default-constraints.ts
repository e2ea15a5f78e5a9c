import type { TEEFeaturesSGX } from "../types/sgx.ts";
import type { SGXConstraints } from "../types/sgx-attestation.ts";

/** The constraints with the network's defaults where they say nothing. facts/sgx.md 4.8. */
export function applyDefaultConstraints(
  constraints: SGXConstraints,
  { default_policy: defaults, max_attestation_age: maxAge, pcs }: TEEFeaturesSGX,
): SGXConstraints {
  const { policy } = constraints;
  return {
    ...constraints,
    policy:
      defaults === null
        ? policy
        : {
            ias: policy?.ias ?? defaults.ias,
            pcs: policy?.pcs ?? (pcs ? defaults.pcs : null),
          },
    max_attestation_age: constraints.max_attestation_age === 0n ? maxAge : constraints.max_attestation_age,
  };
}
