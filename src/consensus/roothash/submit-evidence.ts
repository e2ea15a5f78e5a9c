import { roothashErrors } from "../../types/errors.ts";
import type { Evidence } from "../../types/roothash.ts";
import { SLASH_RUNTIME_EQUIVOCATION } from "../../types/staking.ts";
import type { Context } from "../context.ts";
import { requireActive } from "./active-state.ts";
import { accusationOf, evidenceHash, evidenceProblem } from "./evidence.ts";
import { slashEquivocation } from "./slashing.ts";
import { getParameters, hasEvidence, setEvidence } from "./state.ts";

/**
 * `roothash.Evidence`: slashes a node that signed two contradicting things for one round. Order of checks:
 * consensus-b.md 4.9.
 *
 * The evidence is remembered even if the accused turns out not to be registered, when the transaction fails.
 */
export function submitEvidence(ctx: Context, evidence: Evidence): void {
  const problem = evidenceProblem(evidence, ctx.chain.chainContext, ctx.chain.signatures);
  const accusation = accusationOf(evidence);
  if (problem !== null || accusation === null) {
    throw roothashErrors.invalidEvidence().with(problem ?? "no accusation");
  }
  if (ctx.isCheckOnly) {
    return;
  }
  const params = getParameters(ctx.state);
  ctx.useGas(1, "evidence", params.gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const { runtime, last_block: last } = requireActive(ctx.state, evidence.id);
  const penalty = runtime.staking.slashing?.get(SLASH_RUNTIME_EQUIVOCATION)?.amount ?? 0n;
  if (penalty === 0n) {
    throw roothashErrors.runtimeDoesNotSlash();
  }
  const { nodeId, round } = accusation;
  if (BigInt.asUintN(64, round + params.max_evidence_age) < last.header.round) {
    throw roothashErrors.invalidEvidence().with("equivocation evidence expired");
  }
  const hash = evidenceHash(nodeId);
  if (hasEvidence(ctx.state, runtime.id, round, hash)) {
    throw roothashErrors.duplicateEvidence();
  }
  setEvidence(ctx.state, runtime.id, round, hash);
  slashEquivocation(ctx, nodeId, runtime, penalty);
}
