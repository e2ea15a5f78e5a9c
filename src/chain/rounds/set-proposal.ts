import { verifyConsensusSignature } from "../consensus-signature.ts";
import { ChainError, invalid } from "../errors.ts";
import { PartAssembly } from "../part-set.ts";
import type { Proposal } from "../proposal.ts";
import { proposalSignBytes } from "../sign-bytes.ts";
import { maxBlockSize, type RoundMachine } from "./machine.ts";

/**
 * Takes the proposal of the current round; the first one counts. True when it was taken.
 * @throws ChainError when it is not the proposer's or cannot be right
 */
export function setProposal(m: RoundMachine, proposal: Proposal): boolean {
  if (m.proposal !== null || proposal.height !== m.height || proposal.round !== m.round) return false;
  if (proposal.pol_round >= proposal.round) throw invalid("proposal is founded on a round that is not over");
  const proposer = m.validators.proposer!;
  if (
    !verifyConsensusSignature(
      proposer.pub_key,
      proposalSignBytes(m.state.chain_id, proposal),
      proposal.signature,
    )
  ) {
    throw new ChainError("signature", "proposal is not signed by the proposer", {
      height: m.height,
      round: m.round,
    });
  }
  const parts = m.parts ?? new PartAssembly(proposal.block_id.part_set_header, maxBlockSize(m));
  m.proposal = proposal;
  m.parts = parts;
  return true;
}
