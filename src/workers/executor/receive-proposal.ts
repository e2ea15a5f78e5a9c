import { toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { type SignatureDomain, verifyProposalSignature } from "../../consensus/roothash/commitment.ts";
import { schedulerRank } from "../../consensus/roothash/committee.ts";
import { MessageFault } from "../../p2p/libp2p/gossip/message-fault.ts";
import type { CommitteeMessage } from "../peers/committee-message.ts";
import type { CommitteeGroup } from "./committee-group.ts";
import type { ProposalQueue } from "./proposal-queue.ts";

/**
 * Puts a published proposal into the queue when a scheduler of the committee signed it (oasis-core v26.1
 * go/worker/compute/executor/committee/p2p.go).
 * @param group the committee of now; null while it is not known
 * @param publisher who signed the message that carries it, which must be a member
 * @throws MessageFault when it is none of ours, or not yet
 */
export function receiveProposal(
  { epoch, Proposal: proposal }: CommitteeMessage,
  publisher: PublicKey,
  group: CommitteeGroup | null,
  queue: ProposalQueue,
  domain: SignatureDomain,
): void {
  if (group === null) throw new MessageFault("retry", "the committee is not known yet");
  const { committee, publishers } = group;
  if (epoch < committee.valid_for) throw new MessageFault("drop", "it is of an earlier epoch");
  if (epoch > committee.valid_for + 1n) throw new MessageFault("drop", "it is of an epoch far ahead");
  if (epoch > committee.valid_for) throw new MessageFault("retry", "it is of the next epoch");
  if (!publishers.has(toHex(publisher))) throw new MessageFault("drop", "its publisher is no member");
  if (proposal === null) throw new MessageFault("drop", "it has no proposal");
  const rank = schedulerRank(committee, proposal.header.round, proposal.node_id);
  if (rank === null) throw new MessageFault("drop", "who proposes is no worker");
  if (!verifyProposalSignature(proposal, domain))
    throw new MessageFault("drop", "the signature is not valid");
  switch (queue.add(proposal, rank)) {
    case "past":
      throw new MessageFault("drop", "its round is over");
    case "full":
      throw new MessageFault("retry", "too many proposals");
    case "added":
  }
}
