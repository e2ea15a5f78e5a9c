import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { testSignerOf } from "../../test/chain/engine-fixture.ts";
import { toHex } from "../codec/bytes.ts";
import { type BlockID, NIL_BLOCK_ID } from "./block-id.ts";
import { NO_ROUND, type Proposal } from "./proposal.ts";
import { voteSignBytes } from "./sign-bytes.ts";
import { SIGN_STATE_FILE, SignState } from "./sign-state.ts";
import { SIGNED_MSG_TYPE, type Vote } from "./vote.ts";

const CHAIN = "test-chain";
const signer = testSignerOf(1);
const refused = expect.objectContaining({ code: "chain/sign-state" });
const block = (n: number): BlockID => ({
  hash: new Uint8Array(32).fill(n),
  part_set_header: { total: 1, hash: new Uint8Array(32).fill(n) },
});

const newPath = () => join(mkdtempSync(join(tmpdir(), "qanat-sign-")), SIGN_STATE_FILE);

function vote(change: Partial<Vote> = {}): Vote {
  return {
    type: SIGNED_MSG_TYPE.prevote,
    height: 5n,
    round: 1,
    block_id: block(1),
    timestamp: 100n,
    validator_address: new Uint8Array(20),
    validator_index: 0,
    signature: new Uint8Array(0),
    ...change,
  };
}

function proposal(change: Partial<Proposal> = {}): Proposal {
  return {
    type: SIGNED_MSG_TYPE.proposal,
    height: 5n,
    round: 1,
    pol_round: NO_ROUND,
    block_id: block(1),
    timestamp: 100n,
    signature: new Uint8Array(0),
    ...change,
  };
}

test("the same thing gets the same signature again, also at another time and after a restart", () => {
  const path = newPath();
  const state = SignState.open(path, signer);
  const signed = state.signVote(CHAIN, vote());
  expect(state.signVote(CHAIN, vote({ timestamp: 999n }))).toEqual(signed);
  state.persist();
  expect(SignState.open(path, signer).signVote(CHAIN, vote({ timestamp: 999n }))).toEqual(signed);
  const proposed = state.signProposal(CHAIN, proposal({ height: 6n }));
  expect(state.signProposal(CHAIN, proposal({ height: 6n, timestamp: 1n }))).toEqual(proposed);
});

describe("after a prevote of height 5 and round 1", () => {
  test.each<[string, (state: SignState) => unknown]>([
    ["another block", (state) => state.signVote(CHAIN, vote({ block_id: block(2) }))],
    ["no block", (state) => state.signVote(CHAIN, vote({ block_id: NIL_BLOCK_ID }))],
    ["the proposal before it", (state) => state.signProposal(CHAIN, proposal())],
    [
      "an earlier round",
      (state) => state.signVote(CHAIN, vote({ round: 0, type: SIGNED_MSG_TYPE.precommit })),
    ],
    ["an earlier height", (state) => state.signVote(CHAIN, vote({ height: 4n, round: 9 }))],
    ["another chain", (state) => state.signVote("other", vote())],
  ])("%s is not signed", (_, sign) => {
    const state = SignState.open(newPath(), signer);
    state.signVote(CHAIN, vote());
    expect(() => sign(state)).toThrow(refused);
  });

  test.each<[string, (state: SignState) => unknown]>([
    [
      "the precommit",
      (state) => state.signVote(CHAIN, vote({ type: SIGNED_MSG_TYPE.precommit, block_id: block(2) })),
    ],
    ["the next round", (state) => state.signProposal(CHAIN, proposal({ round: 2 }))],
    ["the next height", (state) => state.signProposal(CHAIN, proposal({ height: 6n, round: 0 }))],
  ])("%s is signed", (_, sign) => {
    const state = SignState.open(newPath(), signer);
    state.signVote(CHAIN, vote());
    sign(state);
  });
});

test("the file is the official node's", () => {
  const path = newPath();
  const state = SignState.open(path, signer);
  const { signature } = state.signVote(CHAIN, vote());
  state.persist();
  const content = JSON.parse(readFileSync(path, "utf8"));
  expect(content).toEqual({
    height: 5,
    round: 1,
    step: 2,
    signature: Buffer.from(signature).toString("base64"),
    signbytes: toHex(voteSignBytes(CHAIN, vote())).toUpperCase(),
    public_key: Buffer.from(signer.publicKey).toString("base64"),
  });
  expect(Object.keys(content)).toEqual(["height", "round", "step", "signature", "signbytes", "public_key"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("nothing is written before persist, and nothing is lost after it", () => {
  const path = newPath();
  const state = SignState.open(path, signer);
  const before = readFileSync(path, "utf8");
  state.signVote(CHAIN, vote());
  expect(readFileSync(path, "utf8")).toBe(before);
  state.persist();
  expect(SignState.open(path, signer).position).toEqual({ height: 5n, round: 1n, step: 2n });
});

test("a signature that survived elsewhere counts, unless it is older", () => {
  const state = SignState.open(newPath(), signer);
  const elsewhere = SignState.open(newPath(), signer).signVote(CHAIN, vote());
  state.adopt(CHAIN, { vote: elsewhere });
  expect(state.signVote(CHAIN, vote({ timestamp: 7n }))).toEqual(elsewhere);
  expect(() => state.signVote(CHAIN, vote({ block_id: block(2) }))).toThrow(refused);
  state.adopt(CHAIN, { vote: vote({ height: 4n, signature: new Uint8Array(64) }) });
  expect(state.position.height).toBe(5n);
  expect(state.lastVote(5n)).toMatchObject({ block_id: block(1), round: 1, signature: elsewhere.signature });
  expect(state.lastVote(4n)).toBeNull();
});

test("the file of another key is refused", () => {
  const path = newPath();
  SignState.open(path, signer);
  expect(() => SignState.open(path, testSignerOf(2))).toThrow(/another consensus key/);
});
