import { expect, test } from "vitest";
import { testSignerOf } from "../../../test/chain/engine-fixture.ts";
import { GossipNetwork } from "../../../test/chain/gossip-network.ts";
import type { BlockID } from "../block-id.ts";
import { signConsensusMessage } from "../consensus-signature.ts";
import { makePartSet, PART_SIZE, type Part } from "../part-set.ts";
import { NO_ROUND, type Proposal } from "../proposal.ts";
import { voteSignBytes } from "../sign-bytes.ts";
import { SIGNED_MSG_TYPE, type Vote } from "../vote.ts";
import { type ConsensusMessage, encodeConsensusMessage } from "./consensus-message.ts";
import { CONSENSUS_CHANNEL } from "./consensus-reactor.ts";

/** A running validator, a decided height behind it; its third peer is not there. */
const network = new GossipNetwork(3);
network.start(0, 1, 2);
network.clock.advance(2000);
network.end(2);
const { reactor, engine } = network.nodes[0]!;
const { height, round, validators, state } = engine.rounds!;

const { state: STATE, data: DATA, votes: VOTES, bits: BITS } = CONSENSUS_CHANNEL;
const type = SIGNED_MSG_TYPE.prevote;
const hash = new Uint8Array(32).fill(5);
const blockId: BlockID = { hash, part_set_header: { total: 1, hash } };
const halfId: BlockID = { hash, part_set_header: { total: 0, hash: new Uint8Array(0) } };
const position = { height, round };
const step = { ...position, step: 3, seconds_since_start_time: 0n, last_commit_round: 0 };
const validBlock = { ...position, block_part_set_header: blockId.part_set_header, is_commit: false };
const parts = makePartSet(new Uint8Array(PART_SIZE + 10).fill(1)).parts;

function vote(change: Partial<Vote> = {}): ConsensusMessage {
  const index = validators.validators.findIndex(({ pub_key }) =>
    Buffer.from(testSignerOf(3).publicKey).equals(pub_key),
  );
  const unsigned: Vote = {
    ...{ type, ...position, block_id: blockId, timestamp: state.last_block_time + 1n },
    ...{ validator_address: validators.validators[index]!.address, validator_index: index },
    signature: new Uint8Array(0),
    ...change,
  };
  const signature = signConsensusMessage(testSignerOf(3), voteSignBytes(state.chain_id, unsigned));
  return { type: "vote", value: { vote: { ...unsigned, signature, ...change } } };
}

function part(
  change: Partial<Part> = {},
  proof: Partial<Part["proof"]> = {},
  of = parts[1]!,
): ConsensusMessage {
  return {
    type: "block_part",
    value: { ...position, part: { ...of, ...change, proof: { ...of.proof, ...proof } } },
  };
}

function proposal(change: Partial<Proposal> = {}): ConsensusMessage {
  const value: Proposal = {
    ...{ type: SIGNED_MSG_TYPE.proposal, ...position, pol_round: NO_ROUND, block_id: blockId },
    ...{ timestamp: 0n, signature: new Uint8Array(64), ...change },
  };
  return { type: "proposal", value: { proposal: value } };
}

/** What a peer is accused of for messages, in order; null for nothing. */
function outcome(channel: number, ...messages: ConsensusMessage[]): string | null {
  const id = `peer ${Math.random()}` as never;
  let stopped: string | null = null;
  const peer = {
    ...{ id, trySend: () => true, send: async () => true, markGood: () => {} },
    stop: ({ kind }: { kind: string }) => {
      stopped = kind;
    },
  };
  reactor.addPeer(peer);
  try {
    for (const message of messages) reactor.receive(peer, channel, encodeConsensusMessage(message));
    return stopped;
  } catch (error) {
    return (error as { kind: string }).kind;
  } finally {
    reactor.removePeer(id);
  }
}

// cometbft.md 3.2, disconnect causes.
test.each<[string, string, number, ConsensusMessage[]]>([
  ["a negative height", "malformed", STATE, [{ type: "new_round_step", value: { ...step, height: -1n } }]],
  ["a negative round", "malformed", STATE, [{ type: "new_round_step", value: { ...step, round: -1 } }]],
  ["step 0", "malformed", STATE, [{ type: "new_round_step", value: { ...step, step: 0 } }]],
  ["step 9", "malformed", STATE, [{ type: "new_round_step", value: { ...step, step: 9 } }]],
  [
    "last commit round -2",
    "malformed",
    STATE,
    [{ type: "new_round_step", value: { ...step, last_commit_round: -2 } }],
  ],
  [
    "a height before the first",
    "misbehaviour",
    STATE,
    [{ type: "new_round_step", value: { ...step, height: 0n, last_commit_round: -1 } }],
  ],
  [
    "a last commit at the first height",
    "misbehaviour",
    STATE,
    [{ type: "new_round_step", value: { ...step, height: 1n } }],
  ],
  [
    "no last commit above it",
    "misbehaviour",
    STATE,
    [{ type: "new_round_step", value: { ...step, last_commit_round: -1 } }],
  ],
  [
    "a valid block without parts",
    "malformed",
    STATE,
    [{ type: "new_valid_block", value: { ...validBlock, block_parts: [] } }],
  ],
  [
    "a valid block of another number of parts",
    "malformed",
    STATE,
    [{ type: "new_valid_block", value: { ...validBlock, block_parts: [true, true] } }],
  ],
  [
    "a valid block of too many parts",
    "malformed",
    STATE,
    [
      {
        type: "new_valid_block",
        value: {
          ...validBlock,
          block_part_set_header: { total: 1602, hash },
          block_parts: new Array(1602).fill(true),
        },
      },
    ],
  ],
  [
    "a foundation of no votes",
    "malformed",
    DATA,
    [{ type: "proposal_pol", value: { height, proposal_pol_round: 0, proposal_pol: [] } }],
  ],
  [
    "a foundation of too many votes",
    "malformed",
    DATA,
    [
      {
        type: "proposal_pol",
        value: { height, proposal_pol_round: 0, proposal_pol: new Array(10_001).fill(true) },
      },
    ],
  ],
  ["a part that is too long", "malformed", DATA, [part({ bytes: new Uint8Array(PART_SIZE + 1) })]],
  [
    "a part in the middle that is too short",
    "malformed",
    DATA,
    [part({ bytes: new Uint8Array(9) }, {}, parts[0])],
  ],
  ["a part whose proof is of another", "malformed", DATA, [part({ index: 0 })]],
  ["a proof with a short hash", "malformed", DATA, [part({}, { leaf_hash: hash.subarray(1) })]],
  ["a proof of too many steps", "malformed", DATA, [part({}, { aunts: new Array(101).fill(hash) })]],
  ["a proposal of another type", "malformed", DATA, [proposal({ type: 1 })]],
  ["a proposal of half a block", "malformed", DATA, [proposal({ block_id: halfId })]],
  ["a proposal without a signature", "malformed", DATA, [proposal({ signature: new Uint8Array(0) })]],
  ["a vote for half a block", "malformed", VOTES, [vote({ block_id: halfId })]],
  ["a vote of another type", "malformed", VOTES, [vote({ type: 3 })]],
  ["a vote without a signature", "malformed", VOTES, [vote({ signature: new Uint8Array(0) })]],
  ["a vote with a long signature", "malformed", VOTES, [vote({ signature: new Uint8Array(65) })]],
  ["a vote of a short address", "malformed", VOTES, [vote({ validator_address: new Uint8Array(19) })]],
  [
    "bits for half a block",
    "malformed",
    BITS,
    [{ type: "vote_set_bits", value: { ...position, type, block_id: halfId, votes: [] } }],
  ],
  [
    "majorities for two blocks",
    "misbehaviour",
    STATE,
    [
      { type: "vote_set_maj23", value: { ...position, type, block_id: blockId } },
      {
        type: "vote_set_maj23",
        value: { ...position, type, block_id: { hash, part_set_header: { total: 2, hash } } },
      },
    ],
  ],
  ["a forged vote", "misbehaviour", VOTES, [vote({ signature: new Uint8Array(64) })]],
  ["a forged proposal", "misbehaviour", DATA, [proposal()]],
])("%s ends the connection", (_, kind, channel, messages) => {
  expect(outcome(channel, ...messages)).toBe(kind);
});

// cometbft.md 3.2, not punished.
test.each<[string, number, ConsensusMessage[]]>([
  ["a message on another channel", BITS, [{ type: "new_round_step", value: { ...step, height: 0n } }]],
  ["a vote for a height that is over", VOTES, [vote({ height: 1n, signature: new Uint8Array(64) })]],
  ["a vote for a height to come", VOTES, [vote({ height: height + 5n, signature: new Uint8Array(64) })]],
  ["a vote of nobody", VOTES, [vote({ validator_index: 7 })]],
  ["a vote under the number of another", VOTES, [vote({ validator_address: new Uint8Array(20).fill(1) })]],
  ["a proposal for another round", DATA, [proposal({ round: round + 1 })]],
  ["a proposal founded on a round to come", DATA, [proposal({ pol_round: 3 })]],
  ["a part of nothing that is wanted", DATA, [part()]],
  ["a part whose proof does not hold", DATA, [part({}, { aunts: [hash] })]],
  ["votes for rounds far ahead", VOTES, [5, 6, 7, 8].map((ahead) => vote({ round: round + ahead }))],
  [
    "a place where it was before",
    STATE,
    [
      { type: "new_round_step", value: step },
      { type: "new_round_step", value: { ...step, step: 1 } },
    ],
  ],
])("%s is only ignored", (_, channel, messages) => {
  const before = engine.status;
  expect(outcome(channel, ...messages)).toBeNull();
  expect(engine.status).toEqual(before);
});
