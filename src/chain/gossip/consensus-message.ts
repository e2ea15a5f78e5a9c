import {
  BlockID,
  checkBlockId,
  checkHash,
  isCompleteBlockId,
  isNilBlockId,
  PartSetHeader,
} from "../block-id.ts";
import { invalid, malformed } from "../errors.ts";
import { checkPart, MAX_PARTS, Part } from "../part-set.ts";
import { checkProposal, NO_ROUND, Proposal } from "../proposal.ts";
import { STEP } from "../rounds/step.ts";
import { checkVote, SIGNED_MSG_TYPE, Vote } from "../vote.ts";
import {
  bool,
  decode,
  embedded,
  encode,
  type Infer,
  int32,
  int64,
  message,
  oneof,
  optional,
  scalar,
  uint32,
} from "../wire.ts";
import { BitArray } from "./bit-array.ts";

const position = { height: scalar(1, int64), round: scalar(2, int32) };

/** Where a node is: sent on connecting and at each step. */
const NewRoundStep = message("tendermint.consensus.NewRoundStep", {
  ...position,
  step: scalar(3, uint32),
  seconds_since_start_time: scalar(4, int64),
  last_commit_round: scalar(5, int32),
});
export type NewRoundStep = Infer<typeof NewRoundStep>;

/** The parts that a node has of a block that others agree on. */
const NewValidBlock = message("tendermint.consensus.NewValidBlock", {
  ...position,
  block_part_set_header: embedded(3, PartSetHeader),
  block_parts: optional(4, BitArray),
  is_commit: scalar(5, bool),
});
export type NewValidBlock = Infer<typeof NewValidBlock>;

/** The prevotes that a node has of the round on which a proposal is founded. */
const ProposalPol = message("tendermint.consensus.ProposalPOL", {
  height: scalar(1, int64),
  proposal_pol_round: scalar(2, int32),
  proposal_pol: embedded(3, BitArray),
});
export type ProposalPol = Infer<typeof ProposalPol>;

const HasVote = message("tendermint.consensus.HasVote", {
  ...position,
  type: scalar(3, int32),
  index: scalar(4, int32),
});
export type HasVote = Infer<typeof HasVote>;

/** A claim that two thirds of the votes are for a block, or for nil. */
const VoteSetMaj23 = message("tendermint.consensus.VoteSetMaj23", {
  ...position,
  type: scalar(3, int32),
  block_id: embedded(4, BlockID),
});
export type VoteSetMaj23 = Infer<typeof VoteSetMaj23>;

/** The answer to such a claim: the votes for that block that a node has. */
const VoteSetBits = message("tendermint.consensus.VoteSetBits", {
  ...position,
  type: scalar(3, int32),
  block_id: embedded(4, BlockID),
  votes: embedded(5, BitArray),
});
export type VoteSetBits = Infer<typeof VoteSetBits>;

const BlockPart = message("tendermint.consensus.BlockPart", { ...position, part: embedded(3, Part) });

/** All of `tendermint.consensus.Message` (cometbft.md 3.2). */
const ConsensusMessageProto = oneof("tendermint.consensus.Message", {
  new_round_step: [1, NewRoundStep],
  new_valid_block: [2, NewValidBlock],
  proposal: [3, message("tendermint.consensus.Proposal", { proposal: embedded(1, Proposal) })],
  proposal_pol: [4, ProposalPol],
  block_part: [5, BlockPart],
  vote: [6, message("tendermint.consensus.Vote", { vote: optional(1, Vote) })],
  has_vote: [7, HasVote],
  vote_set_maj23: [8, VoteSetMaj23],
  vote_set_bits: [9, VoteSetBits],
});

export type ConsensusMessage = NonNullable<Infer<typeof ConsensusMessageProto>>;

export function encodeConsensusMessage(value: ConsensusMessage): Uint8Array {
  return encode(ConsensusMessageProto, value);
}

/**
 * Decodes a peer's message and checks all of it that needs no state.
 * @throws ChainError, CodecError: no honest peer sends it
 */
export function decodeConsensusMessage(bytes: Uint8Array): ConsensusMessage {
  const decoded = decode(ConsensusMessageProto, bytes);
  if (decoded === null) throw malformed("unknown consensus message");
  check(decoded);
  return decoded;
}

function check(decoded: ConsensusMessage): void {
  switch (decoded.type) {
    case "new_round_step":
      checkNewRoundStep(decoded.value);
      break;
    case "new_valid_block":
      checkNewValidBlock(decoded.value);
      break;
    case "proposal":
      checkProposal(decoded.value.proposal);
      break;
    case "proposal_pol":
      checkProposalPol(decoded.value);
      break;
    case "block_part":
      checkPosition(decoded.value.height, decoded.value.round);
      checkPart(decoded.value.part);
      break;
    case "vote":
      if (decoded.value.vote === null) throw malformed("vote message without a vote");
      checkVote(decoded.value.vote);
      break;
    case "has_vote":
      if (decoded.value.index < 0) throw malformed("vote index is negative");
      checkVotes(decoded.value);
      break;
    case "vote_set_maj23":
    case "vote_set_bits":
      checkVotes(decoded.value);
      checkVotedBlock(decoded.value.block_id);
      break;
  }
}

function checkNewRoundStep({ height, round, step, last_commit_round }: NewRoundStep): void {
  checkPosition(height, round);
  if (step < STEP.newHeight || step > STEP.commit) throw malformed("unknown step", { step });
  if (last_commit_round < NO_ROUND) throw malformed("round of the last commit is out of range");
}

/** Whether the round of the last commit can be that of a chain which begins at that height. @throws ChainError */
export function checkLastCommitRound(
  { height, last_commit_round }: NewRoundStep,
  initialHeight: bigint,
): void {
  if (height < initialHeight) throw invalid("height before the chain's first", { height });
  if ((height === initialHeight) !== (last_commit_round === NO_ROUND)) {
    throw invalid("round of the last commit does not fit the height", { height, last_commit_round });
  }
}

function checkNewValidBlock(valid: NewValidBlock): void {
  checkPosition(valid.height, valid.round);
  const { total, hash } = valid.block_part_set_header;
  checkHash("part set hash", hash);
  const size = valid.block_parts?.length ?? 0;
  if (size === 0 || size !== total || size > MAX_PARTS) {
    throw malformed("parts of a valid block out of range", { size, total });
  }
}

function checkProposalPol({ height, proposal_pol_round, proposal_pol }: ProposalPol): void {
  checkPosition(height, proposal_pol_round);
  if (proposal_pol.length === 0) throw malformed("proposal founded on no votes");
}

function checkVotes({ height, round, type }: { height: bigint; round: number; type: number }): void {
  checkPosition(height, round);
  if (type !== SIGNED_MSG_TYPE.prevote && type !== SIGNED_MSG_TYPE.precommit) {
    throw malformed("unknown vote type", { type });
  }
}

function checkVotedBlock(blockId: BlockID): void {
  checkBlockId(blockId);
  if (!isNilBlockId(blockId) && !isCompleteBlockId(blockId)) throw malformed("majority for half a block id");
}

function checkPosition(height: bigint, round: number): void {
  if (height < 0n || round < 0) throw malformed("height or round is negative", { height, round });
}
