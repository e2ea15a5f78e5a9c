import { compare } from "../../codec/bytes.ts";
import { sha256 } from "../../crypto/hash.ts";
import type { Misbehavior } from "../application.ts";
import { blockIdKey } from "../block-id.ts";
import { malformed } from "../errors.ts";
import { headerHash } from "../header.ts";
import { zigzagVarint } from "../int64.ts";
import { checkLightBlock, fromLightBlockProto, LightBlockProto } from "../light-block.ts";
import { merkleRoot } from "../merkle.ts";
import { Validator } from "../validator.ts";
import { checkVote, Vote } from "../vote.ts";
import {
  decode,
  embedded,
  encode,
  type Infer,
  int64,
  message,
  oneof,
  optional,
  repeated,
  scalar,
  timestamp,
} from "../wire.ts";

/** Two different votes of one validator for one height, round and kind. */
export const DuplicateVoteEvidence = message("tendermint.types.DuplicateVoteEvidence", {
  vote_a: optional(1, Vote),
  vote_b: optional(2, Vote),
  total_voting_power: scalar(3, int64),
  validator_power: scalar(4, int64),
  timestamp: embedded(5, timestamp),
});
export type DuplicateVoteEvidence = Infer<typeof DuplicateVoteEvidence>;

/** A signed block that contradicts the chain, made to deceive light clients. */
export const LightClientAttackEvidence = message("tendermint.types.LightClientAttackEvidence", {
  conflicting_block: optional(1, LightBlockProto),
  common_height: scalar(2, int64),
  byzantine_validators: repeated(3, Validator),
  total_voting_power: scalar(4, int64),
  timestamp: embedded(5, timestamp),
});
export type LightClientAttackEvidence = Infer<typeof LightClientAttackEvidence>;

const EvidenceOneof = oneof("tendermint.types.Evidence", {
  duplicate_vote: [1, DuplicateVoteEvidence],
  light_client_attack: [2, LightClientAttackEvidence],
});

export const EvidenceList = message("tendermint.types.EvidenceList", {
  evidence: repeated(1, EvidenceOneof),
});

/** Proof that validators misbehaved. */
export type Evidence = NonNullable<Infer<typeof EvidenceOneof>>;

/** Encoding as `tendermint.types.Evidence`, the union. */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  return encode(EvidenceOneof, evidence);
}

/** Evidence from its encoding as `tendermint.types.Evidence`. @throws CodecError, ChainError */
export function decodeEvidence(data: Uint8Array): Evidence {
  return checkedEvidence(decode(EvidenceOneof, data));
}

/** Encoding of the evidence itself, without the union around it: the leaf in the `evidence_hash`. */
export function evidenceLeaf(evidence: Evidence): Uint8Array {
  if (evidence.type === "duplicate_vote") return encode(DuplicateVoteEvidence, evidence.value);
  return encode(LightClientAttackEvidence, evidence.value);
}

/** Root over a block's evidence: the `evidence_hash` of headers. */
export function evidenceListHash(list: readonly Evidence[]): Uint8Array {
  return merkleRoot(list.map(evidenceLeaf));
}

/** Bytes that the evidence of a block takes in it. */
export function evidenceSize(list: readonly Evidence[]): bigint {
  return BigInt(encode(EvidenceList, { evidence: [...list] }).length);
}

/** Key under which a piece of evidence is known, pending or committed (cometbft.md 4.2). */
export function evidenceHash(evidence: Evidence): Uint8Array {
  if (evidence.type === "duplicate_vote") return sha256(evidenceLeaf(evidence));
  const header = evidence.value.conflicting_block?.signed_header?.header;
  if (!header) throw malformed("light client attack without a header");
  // The official node overwrites the last byte of the header hash by zero; the key is what it is.
  const blockHash = headerHash(header).slice(0, 31);
  return sha256(blockHash, new Uint8Array(1), zigzagVarint(evidence.value.common_height));
}

export function evidenceHeight(evidence: Evidence): bigint {
  return evidence.type === "duplicate_vote" ? evidence.value.vote_a!.height : evidence.value.common_height;
}

/**
 * Evidence as it came over the wire, with what needs no state checked.
 * @throws ChainError
 */
export function checkedEvidence(evidence: Evidence | null): Evidence {
  if (evidence === null) throw malformed("evidence of an unknown kind");
  if (evidence.type === "duplicate_vote")
    return { type: evidence.type, value: checkDuplicateVote(evidence.value) };
  return { type: evidence.type, value: checkLightClientAttack(evidence.value) };
}

/** What the application is told about the evidence: one entry per misbehaving validator (cometbft.md 4.7). */
export function misbehaviorOf(evidence: Evidence): Misbehavior[] {
  if (evidence.type === "duplicate_vote") {
    const { vote_a, validator_power, timestamp, total_voting_power } = evidence.value;
    return [
      {
        type: "duplicate_vote",
        validator: { address: vote_a!.validator_address, power: validator_power },
        height: vote_a!.height,
        time: timestamp,
        totalVotingPower: total_voting_power,
      },
    ];
  }
  const { byzantine_validators, common_height, timestamp, total_voting_power } = evidence.value;
  return byzantine_validators.map(({ address, voting_power }) => ({
    type: "light_client_attack",
    validator: { address, power: voting_power },
    height: common_height,
    time: timestamp,
    totalVotingPower: total_voting_power,
  }));
}

function checkDuplicateVote(evidence: DuplicateVoteEvidence): DuplicateVoteEvidence {
  const { vote_a, vote_b } = evidence;
  if (vote_a === null || vote_b === null) throw malformed("duplicate vote evidence without both votes");
  checkVote(vote_a);
  checkVote(vote_b);
  if (compare(blockIdKey(vote_a.block_id), blockIdKey(vote_b.block_id)) >= 0) {
    throw malformed("votes of duplicate vote evidence are not in order");
  }
  return evidence;
}

function checkLightClientAttack(evidence: LightClientAttackEvidence): LightClientAttackEvidence {
  const { conflicting_block, common_height, total_voting_power } = evidence;
  if (conflicting_block === null) throw malformed("light client attack without a block");
  const block = fromLightBlockProto(conflicting_block);
  checkLightBlock(block.header.chain_id, block);
  if (total_voting_power <= 0n || common_height <= 0n || common_height > block.header.height) {
    throw malformed("light client attack out of range", { common_height, total_voting_power });
  }
  // The total is never hashed: the official node forgets it on reading.
  const validator_set = { ...conflicting_block.validator_set!, total_voting_power: 0n };
  return { ...evidence, conflicting_block: { ...conflicting_block, validator_set } };
}
