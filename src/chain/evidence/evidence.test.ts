import { describe, expect, test } from "vitest";
import { testGenesis, testNode, testSignerOf } from "../../../test/chain/engine-fixture.ts";
import { toHex } from "../../codec/bytes.ts";
import { sha256 } from "../../crypto/hash.ts";
import { decodeBlock, encodeBlock } from "../block.ts";
import { ChainStore } from "../chain-store.ts";
import { BLOCK_ID_FLAG } from "../commit.ts";
import { signConsensusMessage } from "../consensus-signature.ts";
import { type Header, headerHash } from "../header.ts";
import { zigzagVarint } from "../int64.ts";
import { encodeLightBlock, LightBlockProto } from "../light-block.ts";
import { makeBlock } from "../make-block.ts";
import { voteSignBytes } from "../sign-bytes.ts";
import { consensusAddress } from "../validator.ts";
import { SIGNED_MSG_TYPE, type Vote } from "../vote.ts";
import { decode } from "../wire.ts";
import {
  checkedEvidence,
  type Evidence,
  evidenceHash,
  evidenceLeaf,
  type LightClientAttackEvidence,
  misbehaviorOf,
} from "./evidence.ts";
import { verifyEvidence } from "./verify-evidence.ts";

const genesis = testGenesis();
const key = testSignerOf(1);

function chainOf(heights: number) {
  const node = testNode();
  node.engine.start(node.controller.signal);
  node.clock.advance(heights * 1000);
  return { ...node, store: new ChainStore(node.disk.environment) };
}

function signedVote(change: Partial<Vote>): Vote {
  const vote: Vote = {
    type: SIGNED_MSG_TYPE.prevote,
    height: 2n,
    round: 5,
    block_id: {
      hash: new Uint8Array(32).fill(1),
      part_set_header: { total: 1, hash: new Uint8Array(32).fill(2) },
    },
    timestamp: 1_700_000_000_000_000_000n,
    validator_address: consensusAddress(key.publicKey),
    validator_index: 0,
    signature: new Uint8Array(0),
    ...change,
  };
  return { ...vote, signature: signConsensusMessage(key, voteSignBytes(genesis.chain_id, vote)) };
}

const otherBlock = {
  hash: new Uint8Array(32).fill(3),
  part_set_header: { total: 1, hash: new Uint8Array(32).fill(4) },
};

describe("duplicate votes", () => {
  const { engine, store } = chainOf(4);
  const time = engine.blockAt(2n)!.block.header.time;
  const proof = (change: Partial<Extract<Evidence, { type: "duplicate_vote" }>["value"]> = {}): Evidence => ({
    type: "duplicate_vote",
    value: {
      vote_a: signedVote({}),
      vote_b: signedVote({ block_id: otherBlock }),
      total_voting_power: 10n,
      validator_power: 10n,
      timestamp: time,
      ...change,
    },
  });

  test("a real one holds, and names its validator to the application", () => {
    verifyEvidence(engine.state, checkedEvidence(proof()), store);
    expect(misbehaviorOf(proof())).toEqual([
      {
        type: "duplicate_vote",
        validator: { address: consensusAddress(key.publicKey), power: 10n },
        height: 2n,
        time,
        totalVotingPower: 10n,
      },
    ]);
  });

  test.each<[string, Evidence]>([
    ["votes of two rounds", proof({ vote_b: signedVote({ block_id: otherBlock, round: 6 }) })],
    [
      "votes of two steps",
      proof({ vote_b: signedVote({ block_id: otherBlock, type: SIGNED_MSG_TYPE.precommit }) }),
    ],
    ["votes for the same block", proof({ vote_b: signedVote({}) })],
    [
      "votes in the wrong order",
      proof({ vote_a: signedVote({ block_id: otherBlock }), vote_b: signedVote({}) }),
    ],
    [
      "a broken signature",
      proof({ vote_b: { ...signedVote({ block_id: otherBlock }), signature: new Uint8Array(64) } }),
    ],
    [
      "a stranger's votes",
      proof({ vote_b: signedVote({ block_id: otherBlock, validator_address: new Uint8Array(20) }) }),
    ],
    ["another power", proof({ validator_power: 9n })],
    ["another total", proof({ total_voting_power: 11n })],
    ["another time", proof({ timestamp: time + 1n })],
    [
      "a height to come",
      proof({ vote_a: signedVote({ height: 9n }), vote_b: signedVote({ height: 9n, block_id: otherBlock }) }),
    ],
    ["one vote missing", proof({ vote_b: null })],
  ])("%s prove nothing", (_, evidence) => {
    expect(() => verifyEvidence(engine.state, checkedEvidence(evidence), store)).toThrow(
      expect.objectContaining({ name: "ChainError" }),
    );
  });

  test("what is too old in blocks and in time proves nothing any more", () => {
    const { evidence, ...rest } = engine.state.consensus_params;
    const strict = { ...rest, evidence: { ...evidence, max_age_num_blocks: 1n, max_age_duration: 1n } };
    expect(() => verifyEvidence({ ...engine.state, consensus_params: strict }, proof(), store)).toThrow(
      /too old/,
    );
    const young = { ...rest, evidence: { ...evidence, max_age_num_blocks: 1n } };
    verifyEvidence({ ...engine.state, consensus_params: young }, proof(), store);
  });
});

describe("light client attacks", () => {
  const { engine, store } = chainOf(5);

  /** A proof that the validator signed a block of height 3 with another header. */
  function attack(
    commonHeight: bigint,
    header: Partial<Header>,
    change: Partial<LightClientAttackEvidence> = {},
    round = 0,
  ): Evidence {
    const real = engine.lightBlockAt(3n)!;
    const forged = { ...real.header, ...header };
    const block_id = { hash: headerHash(forged), part_set_header: otherBlock.part_set_header };
    const vote = signedVote({ type: SIGNED_MSG_TYPE.precommit, height: 3n, round, block_id });
    const { timestamp, signature, validator_address } = vote;
    const commit = {
      height: 3n,
      round,
      block_id,
      signatures: [{ block_id_flag: BLOCK_ID_FLAG.commit, validator_address, timestamp, signature }],
    };
    const encoded = encodeLightBlock({ header: forged, commit, validators: real.validators });
    return {
      type: "light_client_attack",
      value: {
        conflicting_block: decode(LightBlockProto, encoded),
        common_height: commonHeight,
        byzantine_validators: [...real.validators.validators],
        total_voting_power: 10n,
        timestamp: engine.blockAt(commonHeight)!.block.header.time,
        ...change,
      },
    };
  }

  const madeUpState = attack(2n, { app_hash: new Uint8Array(32).fill(9) });
  const twoBlocks = attack(3n, { data_hash: new Uint8Array(32).fill(9) });

  test.each<[string, Evidence]>([
    ["a made-up state", madeUpState],
    ["two blocks of one round", twoBlocks],
    [
      "two blocks of two rounds, nobody to blame",
      attack(3n, { data_hash: new Uint8Array(32).fill(9) }, { byzantine_validators: [] }, 1),
    ],
  ])("%s holds", (_, evidence) => {
    verifyEvidence(engine.state, checkedEvidence(evidence), store);
  });

  test.each<[string, Evidence]>([
    ["our own block", attack(3n, {})],
    ["a made-up state of the common height itself", attack(3n, { app_hash: new Uint8Array(32).fill(9) })],
    ["nobody named", attack(2n, { app_hash: new Uint8Array(32).fill(9) }, { byzantine_validators: [] })],
    ["another total", attack(2n, { app_hash: new Uint8Array(32).fill(9) }, { total_voting_power: 9n })],
    ["no block", attack(2n, {}, { conflicting_block: null })],
    ["a common height after the block", attack(4n, { app_hash: new Uint8Array(32).fill(9) })],
  ])("%s proves nothing", (_, evidence) => {
    expect(() => verifyEvidence(engine.state, checkedEvidence(evidence), store)).toThrow(
      expect.objectContaining({ name: "ChainError" }),
    );
  });

  test("its name leaves out the last byte of the block hash", () => {
    const header = (madeUpState.value as LightClientAttackEvidence).conflicting_block!.signed_header!.header!;
    const name = sha256(headerHash(header).slice(0, 31), new Uint8Array(1), zigzagVarint(2n));
    expect(toHex(evidenceHash(madeUpState))).toBe(toHex(name));
  });

  test("a block with evidence is encoded and read again alike; the total power is forgotten", () => {
    const evidence = [checkedEvidence(madeUpState), checkedEvidence(twoBlocks)];
    const block = makeBlock(engine.state, {
      txs: [],
      evidence,
      lastCommit: engine.commitAt(5n)!,
      proposerAddress: consensusAddress(key.publicKey),
    });
    expect(decodeBlock(encodeBlock(block))).toEqual(block);
    expect(toHex(evidenceLeaf(evidence[0]!))).not.toBe(toHex(evidenceLeaf(madeUpState)));
  });
});
