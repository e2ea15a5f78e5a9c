import { type Block, encodeBlock } from "../../src/chain/block.ts";
import { NIL_BLOCK_ID } from "../../src/chain/block-id.ts";
import { headerHash } from "../../src/chain/header.ts";
import { STEP } from "../../src/chain/rounds/step.ts";
import { SIGNED_MSG_TYPE } from "../../src/chain/vote.ts";
import { utf8 } from "../../src/codec/bytes.ts";
import { sha256 } from "../../src/crypto/hash.ts";
import { encodeTx } from "../chain/key-value-application.ts";
import { type Liar, type Lie, noBlockId, onOwnTurn } from "./liar.ts";

const { prevote, precommit } = SIGNED_MSG_TYPE;
const NOBODY = new Uint8Array(64).fill(7);

/** Proposes the block that would be right, but for one thing. */
function wrongBlock(change: (block: Block) => Block): Lie {
  return onOwnTurn((liar) => liar.proposeBlock(change(liar.block())));
}

function withHeader(change: Partial<Block["header"]>): Lie {
  return wrongBlock((block) => ({ ...block, header: { ...block.header, ...change } }));
}

/** Transactions of which a block has several parts. */
const manyTxs = Array.from({ length: 3 }, (_, i) => encodeTx({ key: `big${i}`, value: "x".repeat(50_000) }));

/** Lies about blocks: a round passes without one, and that is all. */
export const LIES_ABOUT_BLOCKS: Readonly<Record<string, Lie>> = {
  "says nothing": () => {},
  "proposes a wrong app hash": withHeader({ app_hash: sha256(utf8("wrong")) }),
  "proposes other validators": withHeader({ next_validators_hash: sha256(utf8("wrong")) }),
  "proposes a block of the future": wrongBlock((block) => ({
    ...block,
    header: { ...block.header, time: block.header.time + 3_600_000_000_000n },
  })),
  "proposes a block that the application refuses": onOwnTurn((liar) => {
    const block = liar.block();
    liar.proposeBlock({ ...block, txs: [...block.txs.slice(0, -1), utf8("no proof")] });
  }),
  "proposes a block without the last commit": wrongBlock((block) => ({
    ...block,
    last_commit: { ...block.last_commit, signatures: [] },
  })),
  "proposes bytes that are no block": onOwnTurn((liar) =>
    liar.propose(utf8("no block"), sha256(utf8("none"))),
  ),
  "withholds a part of its block": onOwnTurn((liar) => {
    const block = liar.block(manyTxs);
    liar.propose(encodeBlock(block), headerHash(block.header), undefined, (parts) => parts.slice(1));
  }),
  "proposes two blocks": onOwnTurn((liar) => {
    const [one, other] = [liar.block([]), liar.block([encodeTx({ key: "a", value: "b" })])];
    const half = Math.floor(liar.peers.length / 2);
    liar.proposeBlock(one, liar.peers.slice(0, half));
    liar.proposeBlock(other, liar.peers.slice(half));
  }),
};

/** Signs two votes of one kind; they become evidence. */
export const DOUBLE_VOTES: Readonly<Record<string, Lie>> = {
  "prevotes twice": (liar, step) => voteTwice(liar, step === STEP.prevote, prevote),
  "precommits twice": (liar, step) => voteTwice(liar, step === STEP.precommit, precommit),
};

function voteTwice(liar: Liar, isTime: boolean, type: typeof prevote | typeof precommit): void {
  if (!isTime) return;
  for (const blockId of [NIL_BLOCK_ID, noBlockId(1)]) {
    liar.say({ type: "vote", value: { vote: liar.vote(type, blockId) } });
  }
}

/** Lies that no honest node passes on: whoever tells them is banned. */
export const FORGERIES: Readonly<Record<string, Lie>> = {
  "forges votes": (liar, step) => {
    if (step !== STEP.prevote) return;
    const vote = liar.vote(prevote, NIL_BLOCK_ID, { signature: NOBODY });
    liar.say({ type: "vote", value: { vote } });
  },
  "votes for others": (liar, step) => {
    if (step !== STEP.prevote) return;
    const index = (liar.rounds.validators.indexOf(liar.address) + 1) % liar.rounds.validators.size;
    const { address } = liar.rounds.validators.validators[index]!;
    const vote = liar.vote(prevote, NIL_BLOCK_ID, { validator_address: address, validator_index: index });
    liar.say({ type: "vote", value: { vote } });
  },
  "proposes when it is not its turn": (liar, step) => {
    // Before the right one is there.
    if (step !== STEP.newHeight || liar.isProposer) return;
    liar.say({ type: "proposal", value: { proposal: liar.proposal(noBlockId(2)) } });
  },
};

/** Well-formed nonsense that the protocol tells to ignore. */
export const NOISE: Readonly<Record<string, Lie>> = {
  "proposes a block under the name of another": onOwnTurn((liar) =>
    liar.propose(encodeBlock(liar.block()), sha256(utf8("another"))),
  ),
  "votes in rounds and heights that are far": (liar, step) => {
    if (step !== STEP.prevote) return;
    const { height } = liar.rounds;
    for (const change of [{ round: 1000 }, { round: 2 ** 31 - 1 }, { height: height + 9n }, { height: 1n }]) {
      liar.say({ type: "vote", value: { vote: liar.vote(prevote, NIL_BLOCK_ID, change) } });
    }
  },
  "votes for a new block again and again": (liar, step) => {
    if (step !== STEP.prevote) return;
    for (let n = 0; n < 90; n++) {
      liar.say({ type: "vote", value: { vote: liar.vote(prevote, noBlockId(n)) } });
    }
  },
  "says it has what it has not": (liar, step) => {
    if (step !== STEP.propose) return;
    const { height, round } = liar.rounds;
    for (const type of [prevote, precommit]) {
      for (let index = 0; index < 10; index++)
        liar.say({ type: "has_vote", value: { height, round, type, index } });
    }
  },
  "sends parts of another block": (liar, step) => {
    if (step !== STEP.propose) return;
    const { height, round } = liar.rounds;
    const hash = sha256(utf8("part"));
    const proof = { total: 1n, index: 0n, leaf_hash: hash, aunts: [hash] };
    for (let n = 0; n < 8; n++) {
      const part = { index: 0, bytes: new Uint8Array(60_000).fill(n), proof };
      liar.say({ type: "block_part", value: { height, round, part } });
    }
  },
};

/** Lies about where it is: it is told nothing any more. */
export const FALSE_POSITIONS: Readonly<Record<string, Lie>> = {
  "says it is far ahead": (liar, step) => {
    if (step !== STEP.newHeight) return;
    const height = liar.rounds.height + 1000n;
    const rest = { round: 5, step: 8, seconds_since_start_time: 0n, last_commit_round: 0 };
    liar.say({ type: "new_round_step", value: { height, ...rest } });
  },
};
