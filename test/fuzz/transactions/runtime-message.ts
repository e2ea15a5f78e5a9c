import { Message, StakingMessage } from "../../../src/types/roothash-message.ts";
import { maybeMutate } from "../mutate.ts";
import { randomAddress, randomAmount, type View } from "./draft.ts";
import { proposalContent, vote } from "./governance.ts";
import { runtimeDescriptor } from "./registry.ts";

/** What a ParaTime asks of the consensus layer. */
export function randomMessage(view: View): Message {
  const { random } = view;
  const amount = randomAmount(view);
  const message = Message.zero();
  const staking = (part: Partial<StakingMessage>) => {
    message.staking = StakingMessage.make(part);
    return maybeMutate(random, 0.05, Message, message);
  };
  switch (random.int(8)) {
    case 0:
    case 1:
      return staking({ transfer: { to: randomAddress(view), amount } });
    case 2:
      return staking({ withdraw: { from: randomAddress(view), amount } });
    case 3:
      return staking({ add_escrow: { account: randomAddress(view), amount } });
    case 4:
      return staking({ reclaim_escrow: { account: randomAddress(view), shares: amount } });
    case 5:
      message.registry = { v: 0, update_runtime: runtimeDescriptor(view) };
      return message;
    case 6:
      message.governance = { v: 0, cast_vote: vote(view), submit_proposal: null };
      return maybeMutate(random, 0.1, Message, message);
    default:
      message.governance = { v: 0, cast_vote: null, submit_proposal: proposalContent(view) };
      return message;
  }
}
