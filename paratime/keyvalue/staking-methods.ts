import { concat, u32be, utf8 } from "../../src/codec/bytes.ts";
import { type Codec, defineCodec, struct } from "../../src/codec/schema.ts";
import { Message, StakingMessage } from "../../src/types/roothash-message.ts";
import { Escrow, ReclaimEscrow, Transfer, Withdraw } from "../../src/types/staking-transactions.ts";
import { type Method, MethodError, type Methods, method } from "../kit/methods.ts";
import type { RoundContext } from "../kit/paratime.ts";

/** Keys of messages whose results are expected next round: this byte and the message's number, u32 big-endian. */
const PENDING_PREFIX = Uint8Array.of(0x00);

/** A method without a result. */
const nothing = defineCodec<null>({
  typeName: "nothing",
  zero: () => null,
  isEmpty: () => true,
  write: (w) => w.null(),
  read: () => null,
  toJson: () => null,
  fromJson: () => null,
});

/** Messages from the ParaTime's own account to staking in the consensus layer. */
export const stakingMethods: Methods = {
  consensus_withdraw: sends("withdraw", struct("Withdraw", { withdraw: Withdraw }), ({ withdraw }) => ({
    withdraw,
  })),
  consensus_transfer: sends("transfer", struct("Transfer", { transfer: Transfer }), ({ transfer }) => ({
    transfer,
  })),
  consensus_add_escrow: sends("add_escrow", struct("AddEscrow", { escrow: Escrow }), ({ escrow }) => ({
    add_escrow: escrow,
  })),
  consensus_reclaim_escrow: sends(
    "reclaim_escrow",
    struct("ReclaimEscrow", { reclaim_escrow: ReclaimEscrow }),
    ({ reclaim_escrow }) => ({ reclaim_escrow }),
  ),
};

/** Takes note of the results of the last round's messages. */
export async function takeMessageResults({ state, roundResults }: RoundContext): Promise<void> {
  for (const { index } of roundResults.messages ?? []) state.remove(pendingKey(index));
}

function sends<A>(name: string, args: Codec<A>, message: (args: A) => Partial<StakingMessage>): Method {
  return method(args, nothing, async (context, value) => {
    if (context.maxMessages < 1) throw new MethodError("message limit too low");
    if (context.checkOnly) return null;
    const index = context.emitMessage(Message.make({ staking: StakingMessage.make(message(value)) }));
    context.state.insert(pendingKey(index), utf8(name));
    return null;
  });
}

function pendingKey(index: number): Uint8Array {
  return concat(PENDING_PREFIX, u32be(index));
}
