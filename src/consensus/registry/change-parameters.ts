import type { ChangeParametersProposal } from "../../types/governance.ts";
import { ConsensusParameterChanges, type ConsensusParameters } from "../../types/registry.ts";
import { applyChanges, decodeChanges } from "../change-parameters.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { hasFeature261 } from "../features.ts";
import { getParameters, setParameters } from "./state.ts";

/**
 * Checks a proposal's changes of the registry's parameters, and makes them if `apply` is set.
 * @returns null when the proposal is for another module, else something
 * @throws QanatError when the changes are not acceptable
 */
export function changeParameters(
  ctx: Context,
  proposal: ChangeParametersProposal,
  apply: boolean,
): true | null {
  if (proposal.module !== "registry") {
    return null;
  }
  const changes = decodeChanges(ConsensusParameterChanges, proposal.changes);
  // A change of this one alone is refused as empty, by an oversight of the network.
  const { max_runtime_deployments: maxDeployments, ...counted } = changes;
  const changed = applyChanges<ConsensusParameters>(getParameters(ctx.state), counted);
  const params = maxDeployments === null ? changed : { ...changed, max_runtime_deployments: maxDeployments };
  verifyParameters(params, hasFeature261(ctx), ctx.chain.dontBlameOasis);
  if (apply) {
    setParameters(ctx, params);
  }
  return true;
}

function verifyParameters(
  params: Readonly<ConsensusParameters>,
  feature261: boolean,
  dontBlameOasis: boolean,
): void {
  if (!dontBlameOasis && (params.debug_allow_unroutable_addresses || params.debug_deploy_immediately)) {
    throw new TxError("one or more unsafe debug flags set");
  }
  if (!dontBlameOasis && params.max_node_expiration === 0n) {
    throw new TxError("maximum node expiration not specified");
  }
  const whitelist = params.tee_features?.sgx.default_policy?.pcs?.fmspc_whitelist ?? [];
  if (!feature261 && whitelist.length > 0) {
    throw new TxError("fmspc whitelist should be empty");
  }
}
