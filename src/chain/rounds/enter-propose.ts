import { equal } from "../../codec/bytes.ts";
import { encodeBlock } from "../block.ts";
import { EMPTY_COMMIT } from "../commit.ts";
import { headerHash } from "../header.ts";
import { makePartSet } from "../part-set.ts";
import { NO_ROUND, type Proposal } from "../proposal.ts";
import { SIGNED_MSG_TYPE } from "../vote.ts";
import { enterPrevote } from "./enter-prevote.ts";
import {
  announceStep,
  hasReached,
  isProposalComplete,
  moveTo,
  type RoundMachine,
  schedule,
  unlessRefused,
} from "./machine.ts";
import { STEP } from "./step.ts";
import { timeoutMs } from "./timing.ts";

/** Proposes when it is our turn, and waits for the proposal. */
export function enterPropose(m: RoundMachine, round: number): void {
  if (hasReached(m, round, STEP.propose)) return;
  schedule(m, timeoutMs(m.timing.propose, round), round, STEP.propose);
  const { address } = m.deps;
  if (address !== null && equal(m.validators.proposer!.address, address)) propose(m, round);
  moveTo(m, round, STEP.propose);
  announceStep(m);
  if (isProposalComplete(m)) enterPrevote(m, round);
}

/** Proposes the block that had two thirds of the prevotes in an earlier round, or else a new one. */
function propose(m: RoundMachine, round: number): void {
  const block = m.valid?.block ?? m.deps.createBlock(m.state, m.lastCommit?.makeCommit() ?? EMPTY_COMMIT);
  const { header, parts } = m.valid?.parts.whole() ?? makePartSet(encodeBlock(block));
  const unsigned: Proposal = {
    type: SIGNED_MSG_TYPE.proposal,
    height: m.height,
    round,
    pol_round: m.valid?.round ?? NO_ROUND,
    block_id: { hash: headerHash(block.header), part_set_header: header },
    timestamp: m.deps.now(),
    signature: new Uint8Array(0),
  };
  const proposal = unlessRefused(m, unsigned.type, () => m.deps.signProposal(unsigned));
  if (proposal === null) return;
  m.deps.emit({ type: "made", message: { type: "proposal", proposal } });
  for (const part of parts) {
    m.deps.emit({ type: "made", message: { type: "block_part", height: m.height, round, part } });
  }
}
