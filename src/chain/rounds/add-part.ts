import { equal } from "../../codec/bytes.ts";
import { decodeBlock } from "../block.ts";
import { headerHash } from "../header.ts";
import type { Part } from "../part-set.ts";
import { tryFinalizeCommit } from "./enter-commit.ts";
import { enterPrecommit } from "./enter-precommit.ts";
import { enterPrevote } from "./enter-prevote.ts";
import { isBlock, isProposalComplete, type RoundMachine } from "./machine.ts";
import { STEP } from "./step.ts";

/**
 * Takes a part of the block being collected; true when it was missing.
 * @throws ChainError when it does not fit
 */
export function addPart(m: RoundMachine, height: bigint, part: Part): boolean {
  return height === m.height && m.parts !== null && m.parts.add(part);
}

/**
 * Makes the block of its parts once all are here.
 * @throws ChainError, CodecError when they are no block
 */
export function assembleBlock(m: RoundMachine): boolean {
  const { parts } = m;
  if (parts === null || !parts.isComplete) return false;
  const block = decodeBlock(parts.bytes());
  m.proposed = { block, parts, blockId: { hash: headerHash(block.header), part_set_header: parts.header } };
  return true;
}

/** What a complete block brings about. */
export function completeBlock(m: RoundMachine): void {
  const majority = m.votes.prevotes(m.round)?.majority ?? null;
  const proposed = m.proposed!;
  if (
    isBlock(majority) &&
    (m.valid === null || m.valid.round < m.round) &&
    equal(proposed.blockId.hash, majority.hash)
  ) {
    m.valid = { ...proposed, round: m.round };
  }
  if (m.step <= STEP.propose && isProposalComplete(m)) {
    enterPrevote(m, m.round);
    if (majority !== null) enterPrecommit(m, m.round);
  } else if (m.step === STEP.commit) {
    tryFinalizeCommit(m);
  }
}
