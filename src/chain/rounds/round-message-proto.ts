import { malformed } from "../errors.ts";
import { Part } from "../part-set.ts";
import { Proposal } from "../proposal.ts";
import { Vote } from "../vote.ts";
import { embedded, type Infer, int32, int64, message, oneof, optional, scalar } from "../wire.ts";
import type { RoundMessage } from "./round-input.ts";

/** The messages of `tendermint.consensus.Message` that carry signatures or blocks (cometbft.md 3.2). */
export const RoundMessageProto = oneof("tendermint.consensus.Message", {
  proposal: [3, message("tendermint.consensus.Proposal", { proposal: embedded(1, Proposal) })],
  block_part: [
    5,
    message("tendermint.consensus.BlockPart", {
      height: scalar(1, int64),
      round: scalar(2, int32),
      part: embedded(3, Part),
    }),
  ],
  vote: [6, message("tendermint.consensus.Vote", { vote: optional(1, Vote) })],
});
export type RoundMessageProto = Infer<typeof RoundMessageProto>;

export function toRoundMessageProto(message: RoundMessage): RoundMessageProto {
  const { type, ...value } = message;
  return { type, value } as RoundMessageProto;
}

/** @throws ChainError when it is none of the known messages */
export function fromRoundMessageProto(proto: RoundMessageProto): RoundMessage {
  if (proto === null) throw malformed("unknown consensus message");
  if (proto.type !== "vote") return { type: proto.type, ...proto.value } as RoundMessage;
  if (proto.value.vote === null) throw malformed("vote message without a vote");
  return { type: "vote", vote: proto.value.vote };
}
