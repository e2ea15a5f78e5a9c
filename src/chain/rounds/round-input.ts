import type { KnownSignatures } from "../../crypto/known-signatures.ts";
import type { Block } from "../block.ts";
import type { BlockID } from "../block-id.ts";
import type { ChainState } from "../chain-state.ts";
import type { Commit } from "../commit.ts";
import type { ChainError } from "../errors.ts";
import type { Part } from "../part-set.ts";
import type { Proposal } from "../proposal.ts";
import type { Time } from "../time.ts";
import type { Vote } from "../vote.ts";
import type { Step } from "./step.ts";

/** A signed message of the rounds, ours or a peer's. */
export type RoundMessage =
  | { type: "proposal"; proposal: Proposal }
  | { type: "block_part"; height: bigint; round: number; part: Part }
  | { type: "vote"; vote: Vote };

/** A timeout that was asked for and has passed. */
export interface RoundTimeoutInput {
  type: "timeout";
  height: bigint;
  round: number;
  step: Step;
  durationMs: number;
}

export interface RoundMessageInput {
  type: "message";
  message: RoundMessage;
  /** Who sent it; empty for our own. */
  peer: string;
}

/** Everything that moves the rounds. `txs-available`: the mempool got its first transactions. */
export type RoundInput = RoundMessageInput | RoundTimeoutInput | { type: "txs-available" };

/** What the rounds tell those who carry them out. */
export type RoundEvent =
  /** Ask for `RoundTimeoutInput` after a while; replaces the timeout asked for before. */
  | { type: "schedule"; timeout: RoundTimeoutInput }
  /** We made a message: it must come back as an input, and may go to peers once it is durable. */
  | { type: "made"; message: RoundMessage }
  /** Height, round or step changed. */
  | { type: "step"; height: bigint; round: number; step: Step }
  /** A vote was counted, for the current or the last height. */
  | { type: "vote"; vote: Vote }
  /** A block became valid or decided, known to us or not. */
  | { type: "valid-block"; height: bigint; round: number; isCommit: boolean }
  /** A validator voted for two blocks. */
  | { type: "conflict"; votes: readonly [Vote, Vote] }
  /** We did not sign something that was due; `signedType` is one of SIGNED_MSG_TYPE. */
  | { type: "refused"; signedType: number; error: ChainError };

/** A block with two thirds of the precommits behind it. */
export interface Decision {
  block: Block;
  blockId: BlockID;
  /** Protobuf encoding of the block. */
  encoded: Uint8Array;
  commit: Commit;
}

/** What the rounds need of the rest of the chain. A method that throws halts the chain. */
export interface RoundDeps {
  now(): Time;
  /** Address of our consensus key; null when we only follow. */
  address: Uint8Array | null;
  /** Memory of signatures that were verified; shared with those who validate and execute blocks. */
  known?: KnownSignatures | undefined;
  hasTransactions(): boolean;
  /** Whether the last block left another application state than it found; only a block more can prove that. */
  lastBlockChangedState(state: ChainState): boolean;
  /** The next block on the state, with the commit for the last one. */
  createBlock(state: ChainState, lastCommit: Commit): Block;
  /** Whether the block keeps the chain's rules. */
  isValid(state: ChainState, block: Block): boolean;
  /** Whether the application accepts the block. */
  isAcceptable(state: ChainState, block: Block, hash: Uint8Array): boolean;
  /** Signs, or throws ChainError of kind `sign-state` when that would contradict an earlier signature. */
  signProposal(unsigned: Proposal): Proposal;
  signVote(unsigned: Vote): Vote;
  /** Stores and executes a decided block; gives the state after it. */
  commit(state: ChainState, decision: Decision): ChainState;
  /** Writes down an input that changed something, before anything follows from it. */
  record(input: RoundInput): void;
  emit(event: RoundEvent): void;
}
