import { BlockID, checkBlockId, isCompleteBlockId } from "./block-id.ts";
import { MAX_SIGNATURE_SIZE } from "./commit.ts";
import { malformed } from "./errors.ts";
import { MAX_PARTS } from "./part-set.ts";
import { SIGNED_MSG_TYPE } from "./vote.ts";
import { bytes, embedded, type Infer, int32, int64, message, scalar, timestamp } from "./wire.ts";

/** `pol_round` of a proposal that no earlier round supports. */
export const NO_ROUND = -1;

/** A proposer's signed announcement of its block for a round. */
export const Proposal = message("tendermint.types.Proposal", {
  type: scalar(1, int32),
  height: scalar(2, int64),
  round: scalar(3, int32),
  /** Earlier round in which the block had two thirds of the prevotes, or {@link NO_ROUND}. */
  pol_round: scalar(4, int32),
  block_id: embedded(5, BlockID),
  timestamp: embedded(6, timestamp),
  signature: scalar(7, bytes),
});
export type Proposal = Infer<typeof Proposal>;

/**
 * Checks what needs no validators.
 * @throws ChainError
 */
export function checkProposal(proposal: Proposal): void {
  if (proposal.type !== SIGNED_MSG_TYPE.proposal)
    throw malformed("proposal of another type", { type: proposal.type });
  if (proposal.height < 0n || proposal.round < 0 || proposal.pol_round < NO_ROUND) {
    throw malformed("proposal position out of range");
  }
  checkBlockId(proposal.block_id);
  if (!isCompleteBlockId(proposal.block_id)) throw malformed("proposal without a complete block id");
  const { total } = proposal.block_id.part_set_header;
  if (total > MAX_PARTS) throw malformed("proposal of more parts than any block has", { total });
  if (proposal.signature.length === 0 || proposal.signature.length > MAX_SIGNATURE_SIZE) {
    throw malformed("proposal signature is missing or too long");
  }
}
