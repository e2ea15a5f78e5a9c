import { equal } from "../codec/bytes.ts";
import { BlockID, isNilBlockId, NIL_BLOCK_ID } from "./block-id.ts";
import type { Proposal } from "./proposal.ts";
import type { Time } from "./time.ts";
import { SIGNED_MSG_TYPE, type Vote } from "./vote.ts";
import {
  decodeDelimited,
  embedded,
  encodeDelimited,
  int32,
  int64,
  type Message,
  message,
  optional,
  scalar,
  sfixed64,
  text,
  timestamp,
} from "./wire.ts";

const CanonicalVote = message("tendermint.types.CanonicalVote", {
  type: scalar(1, int32),
  height: scalar(2, sfixed64),
  round: scalar(3, sfixed64),
  block_id: optional(4, BlockID),
  timestamp: embedded(5, timestamp),
  chain_id: scalar(6, text),
});

const CanonicalProposal = message("tendermint.types.CanonicalProposal", {
  type: scalar(1, int32),
  height: scalar(2, sfixed64),
  round: scalar(3, sfixed64),
  pol_round: scalar(4, int64),
  block_id: optional(5, BlockID),
  timestamp: embedded(6, timestamp),
  chain_id: scalar(7, text),
});

/** The parts of a vote that its signature covers. */
export type SignedVotePart = Pick<Vote, "type" | "height" | "round" | "block_id" | "timestamp">;

/** What a validator signs for a vote: who it is, is not part of it (cometbft.md 4.3). */
export function voteSignBytes(chainId: string, vote: SignedVotePart): Uint8Array {
  return encodeDelimited(CanonicalVote, {
    type: vote.type,
    height: vote.height,
    round: BigInt(vote.round),
    block_id: isNilBlockId(vote.block_id) ? null : vote.block_id,
    timestamp: vote.timestamp,
    chain_id: chainId,
  });
}

/**
 * The parts of a vote that sign bytes hold.
 * @throws CodecError when they are no vote's
 */
export function signedVotePart(signBytes: Uint8Array): SignedVotePart {
  const { type, height, round, block_id, timestamp } = decodeDelimited(CanonicalVote, signBytes);
  return { type, height, round: Number(round), block_id: block_id ?? NIL_BLOCK_ID, timestamp };
}

/** What a proposer signs. */
export function proposalSignBytes(chainId: string, proposal: Omit<Proposal, "signature">): Uint8Array {
  return encodeDelimited(CanonicalProposal, {
    type: SIGNED_MSG_TYPE.proposal,
    height: proposal.height,
    round: BigInt(proposal.round),
    pol_round: BigInt(proposal.pol_round),
    block_id: isNilBlockId(proposal.block_id) ? null : proposal.block_id,
    timestamp: proposal.timestamp,
    chain_id: chainId,
  });
}

/** The time that was signed, when votes differ in nothing else; null when they do. */
export function timeOfSameVote(signed: Uint8Array, other: Uint8Array): Time | null {
  return timeOfSame(CanonicalVote, signed, other);
}

/** The time that was signed, when proposals differ in nothing else; null when they do. */
export function timeOfSameProposal(signed: Uint8Array, other: Uint8Array): Time | null {
  return timeOfSame(CanonicalProposal, signed, other);
}

function timeOfSame<T extends { timestamp: Time }>(
  type: Message<T>,
  signed: Uint8Array,
  other: Uint8Array,
): Time | null {
  const before = decodeDelimited(type, signed);
  const { timestamp } = decodeDelimited(type, other);
  return equal(encodeDelimited(type, { ...before, timestamp }), other) ? before.timestamp : null;
}
