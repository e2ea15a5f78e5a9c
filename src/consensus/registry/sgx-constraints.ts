import type { TEEFeatures } from "../../types/sgx.ts";
import type { SGXConstraints } from "../../types/sgx-attestation.ts";

const LATEST_VERSION = 1;

/**
 * Whether the constraints are allowed with the network's TEE features: version 1 only with PCS, a TDX policy only with
 * TDX, a list of allowed processors only from 26.1 on. oasis-core v26.1 go/common/node/sgx.go.
 */
export function isValidSgxConstraints(
  constraints: Readonly<SGXConstraints>,
  features: Readonly<TEEFeatures> | null,
  feature261: boolean,
): boolean {
  if (constraints.v > LATEST_VERSION || (constraints.v !== 0 && !(features?.sgx.pcs ?? false))) {
    return false;
  }
  const pcs = constraints.policy?.pcs ?? null;
  if (pcs === null) {
    return true;
  }
  if (pcs.tdx !== null && !(features?.sgx.tdx ?? false)) {
    return false;
  }
  return feature261 || (pcs.fmspc_whitelist ?? []).length === 0;
}
