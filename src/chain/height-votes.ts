import type { KnownSignatures } from "../crypto/known-signatures.ts";
import type { BlockID } from "./block-id.ts";
import { NO_ROUND } from "./proposal.ts";
import type { ValidatorSet } from "./validator-set.ts";
import { SIGNED_MSG_TYPE, type Vote, type VoteType } from "./vote.ts";
import { type AddedVote, VoteSet } from "./vote-set.ts";

/** Rounds beyond the next one that each peer may make us track per height, to catch up (cometbft.md 3.2). */
const MAX_CATCHUP_ROUNDS = 2;

/** Prevotes and precommits of one round. */
interface RoundVotes {
  prevotes: VoteSet;
  precommits: VoteSet;
}

/** All votes of one height: of every round up to the one after the current, and of rounds that peers are in. */
export class HeightVotes {
  readonly chainId: string;
  readonly height: bigint;
  readonly validators: ValidatorSet;
  readonly #known: KnownSignatures | undefined;
  readonly #rounds = new Map<number, RoundVotes>();
  readonly #catchupRounds = new Map<string, number>();
  #round = 0;

  /** @param known gets the signatures that hold */
  constructor(chainId: string, height: bigint, validators: ValidatorSet, known?: KnownSignatures) {
    this.chainId = chainId;
    this.height = height;
    this.validators = validators;
    this.#known = known;
    this.trackRound(0);
  }

  /** Starts to keep votes of all rounds up to and including this one. */
  trackRound(round: number): void {
    for (let r = this.#round; r <= round; r++) this.#open(r);
    this.#round = Math.max(this.#round, round);
  }

  /** The prevotes of a round; null when it is not tracked. */
  prevotes(round: number): VoteSet | null {
    return this.#rounds.get(round)?.prevotes ?? null;
  }

  /** The precommits of a round; null when it is not tracked. */
  precommits(round: number): VoteSet | null {
    return this.#rounds.get(round)?.precommits ?? null;
  }

  /** The votes of a kind and round; null when the round is not tracked. */
  set(round: number, type: VoteType): VoteSet | null {
    return type === SIGNED_MSG_TYPE.prevote ? this.prevotes(round) : this.precommits(round);
  }

  /**
   * Adds a vote; null when its round is too far ahead to be tracked.
   * @param peer who sent it, empty for our own
   * @throws ChainError when it does not belong here or does not verify
   */
  add(vote: Vote, peer: string): AddedVote | null {
    const set = this.set(vote.round, vote.type as VoteType) ?? this.#openCatchup(vote, peer);
    return set?.add(vote) ?? null;
  }

  /** The last round in which a block (or nil) had two thirds of the prevotes, or {@link NO_ROUND}. */
  get polRound(): number {
    for (let round = this.#round; round >= 0; round--) {
      if (this.prevotes(round)?.majority != null) return round;
    }
    return NO_ROUND;
  }

  /**
   * Notes a peer's claim that a block has two thirds of the votes.
   * @throws ChainError when the same peer claimed another block before
   */
  claimMajority(round: number, type: VoteType, peer: string, blockId: BlockID): void {
    this.set(round, type)?.claimMajority(peer, blockId);
  }

  #openCatchup(vote: Vote, peer: string): VoteSet | null {
    const opened = this.#catchupRounds.get(peer) ?? 0;
    if (opened >= MAX_CATCHUP_ROUNDS) return null;
    this.#catchupRounds.set(peer, opened + 1);
    this.#open(vote.round);
    return this.set(vote.round, vote.type as VoteType);
  }

  #open(round: number): void {
    if (this.#rounds.has(round)) return;
    const { chainId, height, validators } = this;
    const make = (type: VoteType) => new VoteSet(chainId, height, round, type, validators, this.#known);
    this.#rounds.set(round, {
      prevotes: make(SIGNED_MSG_TYPE.prevote),
      precommits: make(SIGNED_MSG_TYPE.precommit),
    });
  }
}
