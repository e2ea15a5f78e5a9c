import { equal, toHex } from "../codec/bytes.ts";
import type { KnownSignatures } from "../crypto/known-signatures.ts";
import { type BlockID, blockIdKey, equalBlockIds, isNilBlockId } from "./block-id.ts";
import { ABSENT_COMMIT_SIG, type Commit } from "./commit.ts";
import { verifyConsensusSignature } from "./consensus-signature.ts";
import { ChainError, invalid } from "./errors.ts";
import { voteSignBytes } from "./sign-bytes.ts";
import type { ValidatorSet } from "./validator-set.ts";
import { commitSigOf, precommitOf, SIGNED_MSG_TYPE, type Vote, type VoteType } from "./vote.ts";

/** What became of a vote that was offered to a set. */
export type AddedVote =
  | { added: true; conflict: Vote | null }
  | { added: false; reason: "duplicate" | "resigned" | "conflict"; conflict: Vote | null };

interface BlockVotes {
  votes: (Vote | undefined)[];
  power: bigint;
  /** A peer says that two thirds voted for this block: votes that conflict with earlier ones are kept for it. */
  claimed: boolean;
}

/**
 * The votes of one height, round and kind, with their power per block.
 *
 * A validator that votes for two blocks is counted once for "any", and for a second block only when a peer claimed a
 * majority for that block, which bounds what a cheat can make us store (cometbft.md section 5).
 */
export class VoteSet {
  readonly chainId: string;
  readonly height: bigint;
  readonly round: number;
  readonly type: VoteType;
  readonly validators: ValidatorSet;
  readonly #knownSignatures: KnownSignatures | undefined;
  readonly #votes: (Vote | undefined)[];
  readonly #byBlock = new Map<string, BlockVotes>();
  readonly #claims = new Map<string, BlockID>();
  /** Validators of which two contradicting votes were seen: no more of theirs are looked at. */
  readonly #cheats = new Set<number>();
  #power = 0n;
  #majority: BlockID | null = null;

  /** @param known gets the signatures that hold: the next block brings them again */
  constructor(
    chainId: string,
    height: bigint,
    round: number,
    type: VoteType,
    validators: ValidatorSet,
    known?: KnownSignatures,
  ) {
    this.chainId = chainId;
    this.height = height;
    this.round = round;
    this.type = type;
    this.validators = validators;
    this.#knownSignatures = known;
    this.#votes = new Array<Vote | undefined>(validators.size);
  }

  /** The precommits of a commit; they are verified like any other vote.
   * @throws ChainError
   */
  static fromCommit(chainId: string, commit: Commit, validators: ValidatorSet): VoteSet {
    const set = new VoteSet(chainId, commit.height, commit.round, SIGNED_MSG_TYPE.precommit, validators);
    for (let index = 0; index < commit.signatures.length; index++) {
      const vote = precommitOf(commit, index);
      if (vote !== null) set.add(vote);
    }
    return set;
  }

  /**
   * Verifies and counts a vote.
   * @throws ChainError when it does not belong here or its signature does not verify
   */
  add(vote: Vote): AddedVote {
    const validator = this.#validatorOf(vote);
    const key = toHex(blockIdKey(vote.block_id));
    const known = this.#known(vote, key);
    if (known !== undefined) {
      const reason = equal(known.signature, vote.signature) ? "duplicate" : "resigned";
      return { added: false, reason, conflict: null };
    }
    const signBytes = voteSignBytes(this.chainId, vote);
    // They could send new ones without end.
    if (this.#cheats.has(vote.validator_index) && !this.#byBlock.get(key)?.claimed) {
      return { added: false, reason: "conflict", conflict: null };
    }
    if (!verifyConsensusSignature(validator.pub_key, signBytes, vote.signature, this.#knownSignatures)) {
      throw new ChainError("signature", "vote signature does not verify", { index: vote.validator_index });
    }
    return this.#count(vote, key, validator.voting_power);
  }

  /** The vote of a validator: for the majority's block if it voted for that, else the first seen. */
  vote(index: number): Vote | null {
    return this.#votes[index] ?? null;
  }

  /** The block, or nil, that more than two thirds of the power voted for; null while there is none. */
  get majority(): BlockID | null {
    return this.#majority;
  }

  /** Whether more than two thirds of the power have voted, for whatever. */
  get hasTwoThirdsAny(): boolean {
    return this.#power > (this.validators.totalVotingPower * 2n) / 3n;
  }

  /** Whether everybody has voted. */
  get hasAll(): boolean {
    return this.#power === this.validators.totalVotingPower;
  }

  /** For each validator whether it voted; with a block, whether it voted for that. */
  bits(blockId?: BlockID): boolean[] {
    const votes = blockId ? this.#byBlock.get(toHex(blockIdKey(blockId)))?.votes : this.#votes;
    return Array.from({ length: this.validators.size }, (_, index) => votes?.[index] !== undefined);
  }

  /**
   * Notes a peer's claim that the block has a majority, so that all votes for it are kept.
   * @throws ChainError when the same peer claimed another block before
   */
  claimMajority(peer: string, blockId: BlockID): void {
    const earlier = this.#claims.get(peer);
    if (earlier !== undefined) {
      if (equalBlockIds(earlier, blockId)) return;
      throw invalid("peer claims majorities for two blocks");
    }
    this.#claims.set(peer, blockId);
    this.#votesFor(toHex(blockIdKey(blockId))).claimed = true;
  }

  /** The commit for the majority's block: votes for other blocks are left out as absent, votes for nil are kept. */
  makeCommit(): Commit {
    const blockId = this.#majority;
    if (this.type !== SIGNED_MSG_TYPE.precommit || blockId === null || isNilBlockId(blockId)) {
      throw invalid("no commit without a majority of precommits for a block", { height: this.height });
    }
    const signatures = Array.from({ length: this.validators.size }, (_, index) => {
      const vote = this.vote(index);
      if (vote !== null && !isNilBlockId(vote.block_id) && !equalBlockIds(vote.block_id, blockId)) {
        return ABSENT_COMMIT_SIG;
      }
      return commitSigOf(vote);
    });
    return { height: this.height, round: this.round, block_id: blockId, signatures };
  }

  #validatorOf(vote: Vote) {
    if (vote.height !== this.height || vote.round !== this.round || vote.type !== this.type) {
      throw invalid("vote for another height, round or step", { height: vote.height, round: vote.round });
    }
    const validator = this.validators.validators[vote.validator_index];
    if (validator === undefined || !equal(validator.address, vote.validator_address)) {
      throw invalid("vote of somebody who is not that validator", { index: vote.validator_index });
    }
    return validator;
  }

  #known({ validator_index, block_id }: Vote, key: string): Vote | undefined {
    const first = this.#votes[validator_index];
    if (first !== undefined && equalBlockIds(first.block_id, block_id)) return first;
    return this.#byBlock.get(key)?.votes[validator_index];
  }

  #count(vote: Vote, key: string, power: bigint): AddedVote {
    const index = vote.validator_index;
    const conflict = this.#votes[index] ?? null;
    if (conflict === null) {
      this.#votes[index] = vote;
      this.#power += power;
    } else if (this.#majority !== null && equalBlockIds(this.#majority, vote.block_id)) {
      this.#votes[index] = vote;
    }
    if (conflict !== null) this.#cheats.add(index);
    if (conflict !== null && !this.#byBlock.get(key)?.claimed) {
      return { added: false, reason: "conflict", conflict };
    }
    const block = this.#votesFor(key);
    block.votes[index] = vote;
    block.power += power;
    if (this.#majority === null && block.power > (this.validators.totalVotingPower * 2n) / 3n) {
      this.#majority = vote.block_id;
      for (const [at, other] of block.votes.entries()) if (other !== undefined) this.#votes[at] = other;
    }
    return { added: true, conflict };
  }

  #votesFor(key: string): BlockVotes {
    let entry = this.#byBlock.get(key);
    if (entry === undefined) {
      entry = { votes: new Array<Vote | undefined>(this.validators.size), power: 0n, claimed: false };
      this.#byBlock.set(key, entry);
    }
    return entry;
  }
}
