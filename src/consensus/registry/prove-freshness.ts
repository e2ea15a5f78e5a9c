import { registryErrors } from "../../types/errors.ts";
import type { Context } from "../context.ts";
import { getParameters } from "./state.ts";

/**
 * `registry.ProveFreshness`: does nothing but be in a block, so that an enclave can prove to itself that the chain it
 * sees is recent. Also runs, and charges, in CheckTx (consensus-a.md 3.9).
 */
export function proveFreshness(ctx: Context): void {
  const params = getParameters(ctx.state);
  if (!params.tee_features?.freshness_proofs) {
    throw registryErrors.invalidArgument();
  }
  ctx.useGas(1, "prove_freshness", params.gas_costs);
}
