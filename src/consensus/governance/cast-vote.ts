import { toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { isReservedAddress, stakingAddress } from "../../types/account-address.ts";
import { governanceErrors, stakingErrors } from "../../types/errors.ts";
import { type ProposalVote, STATE_ACTIVE } from "../../types/governance.ts";
import type { Context } from "../context.ts";
import { getEntity } from "../registry/state.ts";
import { getCurrentValidators } from "../scheduler/state.ts";
import { getDelegationsFor } from "../staking/state.ts";
import { voteEvent } from "./events.ts";
import { getParameters, getProposal, setVote } from "./state.ts";

/**
 * `governance.CastVote`: votes for a proposal, again if need be. Eligible are entities with a validator and delegators
 * to one. Any number is a vote. consensus-a.md section 5.
 *
 * @param fromRuntime whether a ParaTime votes by a message; it has no entity
 */
export function castVote(ctx: Context, { id, vote }: ProposalVote, fromRuntime: boolean): void {
  if (ctx.isCheckOnly) {
    return;
  }
  const parameters = getParameters(ctx.state);
  ctx.useGas(1, "cast_vote", parameters.gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const submitter = ctx.caller;
  if (isReservedAddress(submitter)) {
    throw stakingErrors.forbidden();
  }
  // The entity of whoever signed, even if a vault votes.
  const entity = fromRuntime ? null : getEntity(ctx.state, ctx.txSigner);
  if (entity === null && !parameters.allow_vote_without_entity) {
    throw governanceErrors.notEligible();
  }
  if (!hasValidator(ctx, entity?.nodes ?? []) && !delegatesToValidator(ctx)) {
    throw governanceErrors.notEligible();
  }
  if (getProposal(ctx.state, id).state !== STATE_ACTIVE) {
    throw governanceErrors.votingIsClosed();
  }
  setVote(ctx.state, id, submitter, vote);
  ctx.emit(voteEvent, { id, submitter, vote });
}

function hasValidator(ctx: Context, nodes: readonly PublicKey[]): boolean {
  const validators = new Set(Array.from(getCurrentValidators(ctx.state).values(), ({ id }) => toHex(id)));
  return nodes.some((node) => validators.has(toHex(node)));
}

function delegatesToValidator(ctx: Context): boolean {
  const entities = new Set(
    Array.from(getCurrentValidators(ctx.state).values(), ({ entity_id }) => toHex(stakingAddress(entity_id))),
  );
  return getDelegationsFor(ctx.state, ctx.caller).some(({ escrow }) => entities.has(toHex(escrow)));
}
