import { expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { fromHex, toHex } from "../codec/bytes.ts";
import { decodeBlock } from "./block.ts";
import { NIL_BLOCK_ID } from "./block-id.ts";
import { verifyConsensusSignature } from "./consensus-signature.ts";
import { NO_ROUND } from "./proposal.ts";
import { readRecordedChain } from "./recorded-chain.ts";
import { proposalSignBytes, voteSignBytes } from "./sign-bytes.ts";
import { precommitOf, SIGNED_MSG_TYPE } from "./vote.ts";

// Known answers of cometbft.md 4.3.
const position = { height: 5n, timestamp: 1_700_000_000_000_000_005n };
const zeroFilled = { hash: new Uint8Array(32), part_set_header: { total: 1, hash: new Uint8Array(32) } };
const zeros = "00".repeat(32);

test("prevote for nil in round 0", () => {
  const vote = { ...position, type: SIGNED_MSG_TYPE.prevote, round: 0, block_id: NIL_BLOCK_ID };
  expect(toHex(voteSignBytes("test-chain", vote))).toBe(
    "2108011105000000000000002a080880e2cfaa061005320a746573742d636861696e",
  );
});

test("precommit for a block in round 2", () => {
  const vote = { ...position, type: SIGNED_MSG_TYPE.precommit, round: 2, block_id: zeroFilled };
  expect(toHex(voteSignBytes("test-chain", vote))).toBe(
    `74080211050000000000000019020000000000000022480a20${zeros}122408011220${zeros}2a080880e2cfaa061005320a746573742d636861696e`,
  );
});

test("proposal in round 0 without an earlier round behind it", () => {
  const proposal = {
    ...position,
    type: SIGNED_MSG_TYPE.proposal,
    round: 0,
    pol_round: NO_ROUND,
    block_id: zeroFilled,
  };
  expect(toHex(proposalSignBytes("test-chain", proposal))).toBe(
    `76082011050000000000000020ffffffffffffffffff012a480a20${zeros}122408011220${zeros}32080880e2cfaa0610053a0a746573742d636861696e`,
  );
});

test("a recorded signature covers exactly these bytes (cometbft.md 8.1)", () => {
  const recorded = [...readRecordedChain(sharedPath("chains", "debond.jsonl.gz"))].find(
    ({ height }) => height === 3n,
  );
  const { last_commit: commit } = decodeBlock(recorded!.block);
  const vote = precommitOf(commit, 0)!;
  const chainId = "6883d3abe99ad027f86a89a5f3be941379ab1c23428283eae27e6d9220fc9c09".slice(0, 50);
  const signBytes = voteSignBytes(chainId, vote);
  expect(toHex(signBytes)).toBe(
    "9701080211020000000000000022480a20f109ad7ced2f645efc1f12babd41c396868b046b7dfde41f876a7c32e353768c122408011220db00131c41f3f251ddd5008cd234c8bb0f7b7945fea1d8bd9b94f430a350e7372a0c08aba793d80610d792bcc20332323638383364336162653939616430323766383661383961356633626539343133373961623163323334323832383365616532",
  );
  const key = fromHex("db4c863c0c635fb8f6f9336c7a249edad7d126156f144932c8b3c987e9268ed7");
  expect(verifyConsensusSignature(key, signBytes, vote.signature)).toBe(true);
  expect(verifyConsensusSignature(key, voteSignBytes(`${chainId}x`, vote), vote.signature)).toBe(false);
});
