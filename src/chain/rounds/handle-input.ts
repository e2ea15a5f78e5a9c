import { CodecError } from "../../codec/errors.ts";
import { ChainError } from "../errors.ts";
import { checkPart } from "../part-set.ts";
import { checkProposal } from "../proposal.ts";
import { checkVote } from "../vote.ts";
import { addPart, assembleBlock, completeBlock } from "./add-part.ts";
import { addVote, countedVote } from "./add-vote.ts";
import { enterNewRound } from "./enter-new-round.ts";
import { enterPrecommit } from "./enter-precommit.ts";
import { enterPrevote } from "./enter-prevote.ts";
import { enterPropose } from "./enter-propose.ts";
import type { RoundMachine } from "./machine.ts";
import type { RoundInput, RoundMessageInput, RoundTimeoutInput } from "./round-input.ts";
import { setProposal } from "./set-proposal.ts";
import { STEP } from "./step.ts";

/** Why a message was not taken. */
export type RejectedMessage = ChainError | CodecError;

/**
 * Moves the rounds by one input. What is late, early or known already is ignored.
 * @returns what is wrong with a message; null when nothing is
 * @throws what a dep throws, and ChainError of kind `corrupt`; the machine must not be used afterwards
 */
export function handleInput(m: RoundMachine, input: RoundInput): RejectedMessage | null {
  if (input.type === "message") return handleMessage(m, input);
  if (input.type === "timeout") handleTimeout(m, input);
  else if (m.round === 0 && m.step === STEP.newRound) enterPropose(m, 0);
  return null;
}

function handleMessage(m: RoundMachine, input: RoundMessageInput): RejectedMessage | null {
  const { message } = input;
  try {
    if (!takeMessage(m, input)) return null;
    m.deps.record(input);
    if (message.type === "block_part" && !assembleBlock(m)) return null;
  } catch (error) {
    // Up to here only the message itself can be at fault.
    if (error instanceof ChainError || error instanceof CodecError) return error;
    throw error;
  }
  if (message.type === "block_part") completeBlock(m);
  else if (message.type === "vote") countedVote(m, message.vote);
  return null;
}

/** True when the message is new and belongs to what is being decided. */
function takeMessage(m: RoundMachine, { message, peer }: RoundMessageInput): boolean {
  switch (message.type) {
    case "proposal":
      checkProposal(message.proposal);
      return setProposal(m, message.proposal);
    case "block_part":
      checkPart(message.part);
      return addPart(m, message.height, message.part);
    case "vote":
      checkVote(message.vote);
      return addVote(m, message.vote, peer);
  }
}

function handleTimeout(m: RoundMachine, input: RoundTimeoutInput): void {
  const { height, round, step } = input;
  if (height !== m.height || round < m.round || (round === m.round && step < m.step)) return;
  m.deps.record(input);
  switch (step) {
    case STEP.newHeight:
      enterNewRound(m, 0);
      break;
    case STEP.newRound:
      enterPropose(m, round);
      break;
    case STEP.propose:
      enterPrevote(m, round);
      break;
    case STEP.prevoteWait:
      enterPrecommit(m, round);
      break;
    case STEP.precommitWait:
      enterPrecommit(m, round);
      enterNewRound(m, round + 1);
      break;
  }
}
