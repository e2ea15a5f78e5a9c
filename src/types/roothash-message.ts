import { address } from "../codec/common-types.ts";
import {
  bytes,
  type Infer,
  list,
  nullable,
  optional,
  quantity,
  raw,
  struct,
  text,
  u16,
  u32,
  u64,
} from "../codec/schema.ts";
import { ProposalContent, ProposalVote } from "./governance.ts";
import { Runtime } from "./runtime.ts";
import { Escrow, ReclaimEscrow, Transfer, Withdraw } from "./staking-transactions.ts";

/** A ParaTime's message to staking; exactly one of the last four is there. */
export const StakingMessage = struct("StakingMessage", {
  v: u16,
  transfer: optional(nullable(Transfer)),
  withdraw: optional(nullable(Withdraw)),
  add_escrow: optional(nullable(Escrow)),
  reclaim_escrow: optional(nullable(ReclaimEscrow)),
});
export type StakingMessage = Infer<typeof StakingMessage>;

/** A ParaTime's message to the registry. */
export const RegistryMessage = struct("RegistryMessage", {
  v: u16,
  update_runtime: optional(nullable(Runtime)),
});
export type RegistryMessage = Infer<typeof RegistryMessage>;

/** A ParaTime's message to governance; exactly one of the last two is there. */
export const GovernanceMessage = struct("GovernanceMessage", {
  v: u16,
  cast_vote: optional(nullable(ProposalVote)),
  submit_proposal: optional(nullable(ProposalContent)),
});
export type GovernanceMessage = Infer<typeof GovernanceMessage>;

/** A message from a ParaTime to the consensus layer. With several members, the first in this order counts. */
export const Message = struct("Message", {
  staking: optional(nullable(StakingMessage)),
  registry: optional(nullable(RegistryMessage)),
  governance: optional(nullable(GovernanceMessage)),
});
export type Message = Infer<typeof Message>;

/** Messages in the form in which they are hashed. */
export const Messages = list(Message);
export type Messages = Infer<typeof Messages>;

/** A message from the consensus layer to a ParaTime. */
export const IncomingMessage = struct("IncomingMessage", {
  id: u64,
  caller: address,
  tag: optional(u64),
  fee: optional(quantity),
  tokens: optional(quantity),
  data: optional(bytes),
});
export type IncomingMessage = Infer<typeof IncomingMessage>;

/** Incoming messages in the form in which they are hashed. */
export const IncomingMessages = list(IncomingMessage);
export type IncomingMessages = Infer<typeof IncomingMessages>;

/** Length of a ParaTime's queue of incoming messages, and the id of the next one. */
export const IncomingMessageQueueMeta = struct("IncomingMessageQueueMeta", {
  size: optional(u32),
  next_sequence_number: optional(u64),
});
export type IncomingMessageQueueMeta = Infer<typeof IncomingMessageQueueMeta>;

/** What became of one message; `code` 0 is success, `result` CBOR of the handler's result. */
export const MessageEvent = struct("MessageEvent", {
  module: optional(text),
  code: optional(u32),
  index: optional(u32),
  result: optional(raw),
});
export type MessageEvent = Infer<typeof MessageEvent>;
