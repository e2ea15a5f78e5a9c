import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../../codec/bytes.ts";
import { decode, encode } from "../../codec/schema.ts";
import { createBlacklist } from "../../crypto/blacklist.ts";
import { EMPTY_HASH, sha512_256 } from "../../crypto/hash.ts";
import { MemorySigner, testSigner } from "../../crypto/memory-signer.ts";
import {
  ComputeResultsHeader,
  ExecutorCommitment,
  ExecutorCommitmentHeader,
  FAILURE_UNKNOWN,
  Proposal,
} from "../../types/roothash-commitment.ts";
import {
  commitmentProblem,
  commitmentVote,
  signCommitment,
  signComputeResults,
  signProposal,
  verifyCommitmentSignature,
  verifyProposalSignature,
  verifyRakSignature,
} from "./commitment.ts";
import { evidenceHash } from "./evidence.ts";

// consensus-b.md 6.4: known answers of the official node.
const domain = {
  runtimeId: fromHex(`80${"00".repeat(30)}10`),
  chainContext: "643fb06848be7e970af3b5b2d772eb8cfb30499c8162bc18ac03df2f5e22520e",
};
const PREVIOUS_HASH = fromHex("1669595d5e1ed448f139cbd324b7da8ef438e3c05334ddc457de46a5ed9d4e9a");
const NODE = "e1fe75a312fdb1ef5eb289493e9fd511abe0fef17d0116d666cbad1ecb020a28";
const RAK_SIG =
  "83626884c2aeeb85a06bff8fe112644ccf5694a6ad12ef21f5999bc1ae4d61cee3bc98f1181214ed63bd2869a120c99c1ebf9341dbfe073e6ac4ab793d306e03";
const SIG =
  "3935452199582b995eeafcda9f631dd569329fe82359e2f6489f255cabbfcd2fd7132fa8900f289640d4d8ce16d9d1b5a3d7f2502a698a7f835c9f8428fd830e";
const COMMITMENT = `a3637369675840${SIG}66686561646572a366686561646572a665726f756e640267696f5f726f6f7458204b692c138fb565730ca998a451b738051a63a9a09ced3436d273163df81ffbd06a73746174655f726f6f745820f38f10588f49f7491387772104107f043f3abeac2fb533669f5732c2f6839f706c696e5f6d7367735f686173685820c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a6d6d657373616765735f686173685820c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a6d70726576696f75735f6861736858201669595d5e1ed448f139cbd324b7da8ef438e3c05334ddc457de46a5ed9d4e9a6772616b5f7369675840${RAK_SIG}6c7363686564756c65725f69645820${NODE}676e6f64655f69645820${NODE}`;
const FAILURE_HEADER = `a366686561646572a265726f756e64026d70726576696f75735f6861736858201669595d5e1ed448f139cbd324b7da8ef438e3c05334ddc457de46a5ed9d4e9a676661696c757265016c7363686564756c65725f69645820${NODE}`;
const PROPOSAL = `a3637369675840d20d82fe3a4e647593ec0a87e3ba1afd371e064b26cd745e6ed79878017275ba9180fb070b6a3c5d7bd12bcc29417c1a429912ec4b79d3b213073959da6fb30566686561646572a365726f756e64026a62617463685f6861736858204b692c138fb565730ca998a451b738051a63a9a09ced3436d273163df81ffbd06d70726576696f75735f6861736858201669595d5e1ed448f139cbd324b7da8ef438e3c05334ddc457de46a5ed9d4e9a676e6f64655f69645820${NODE}`;

const node = testSigner("zz node");
const rak = MemorySigner.fromSeed(sha512_256(utf8("ekiden test key manager RAK seed")));

const results: ComputeResultsHeader = {
  round: 2n,
  previous_hash: PREVIOUS_HASH,
  io_root: sha512_256(utf8("io")),
  state_root: sha512_256(utf8("state")),
  messages_hash: EMPTY_HASH,
  in_msgs_hash: EMPTY_HASH,
  in_msgs_count: 0,
};

function signed(): ExecutorCommitment {
  const header = {
    scheduler_id: node.publicKey,
    header: results,
    failure: 0,
    rak_sig: signComputeResults(results, rak),
  };
  return signCommitment(header, null, node, domain);
}

describe("known answers", () => {
  test("commitment", () => {
    const commitment = signed();
    expect(toHex(commitmentVote(commitment))).toBe(
      "7e9057dadbaa1f234e4cafb862f6a723b0f45ed098b651a59cea0df791334d8a",
    );
    expect(toHex(commitment.header.rak_sig!)).toBe(RAK_SIG);
    expect(toHex(commitment.sig)).toBe(SIG);
    expect(toHex(encode(ExecutorCommitment, commitment))).toBe(COMMITMENT);
    expect(encode(ExecutorCommitment, decode(ExecutorCommitment, fromHex(COMMITMENT)))).toEqual(
      fromHex(COMMITMENT),
    );
    expect(commitmentProblem(commitment)).toBeNull();
  });

  test("failure header", () => {
    const failed = ComputeResultsHeader.make({ round: 2n, previous_hash: PREVIOUS_HASH });
    const header = { scheduler_id: node.publicKey, header: failed, failure: FAILURE_UNKNOWN, rak_sig: null };
    expect(toHex(encode(ExecutorCommitmentHeader, header))).toBe(FAILURE_HEADER);
  });

  test("proposal", () => {
    const header = { round: 2n, previous_hash: PREVIOUS_HASH, batch_hash: sha512_256(utf8("io")) };
    const proposal = signProposal(header, null, node, domain);
    expect(toHex(encode(Proposal, proposal))).toBe(PROPOSAL);
    expect(verifyProposalSignature(proposal, domain)).toBe(true);
    expect(verifyProposalSignature(proposal, { ...domain, chainContext: "0".repeat(64) })).toBe(false);
  });

  test("evidence hash", () => {
    expect(toHex(evidenceHash(node.publicKey))).toBe(
      "ed85dc6fc644feae7ea6c49919fa5fe333bee01733fc1699b44e80f8f0260b89",
    );
  });

  test("zero results", () => {
    expect(toHex(commitmentVote({ header: ExecutorCommitmentHeader.zero() }))).toBe(
      "57d73e02609a00fcf4ca43cbf8c9f12867c46942d246fb2b0bce42cbdb8db844",
    );
  });
});

describe("signatures", () => {
  test("hold for one ParaTime on one network", () => {
    const commitment = signed();
    expect(verifyCommitmentSignature(commitment, domain)).toBe(true);
    expect(verifyCommitmentSignature(commitment, { ...domain, runtimeId: new Uint8Array(32) })).toBe(false);
    expect(verifyCommitmentSignature(commitment, { ...domain, chainContext: "0".repeat(64) })).toBe(false);
  });

  test("of blacklisted keys fail", () => {
    const blacklist = createBlacklist({ allowTestKeys: false });
    const { header } = signed();
    expect(verifyRakSignature(header, rak.publicKey)).toBe(true);
    expect(verifyRakSignature(header, rak.publicKey, { blacklist })).toBe(false);
    expect(verifyRakSignature({ ...header, rak_sig: null }, rak.publicKey)).toBe(false);
  });
});

describe("shape", () => {
  const bare = ComputeResultsHeader.make({ round: 2n, previous_hash: PREVIOUS_HASH });
  const of = (header: Partial<ExecutorCommitmentHeader>, rest: Partial<ExecutorCommitment> = {}) =>
    commitmentProblem({ ...signed(), header: { ...signed().header, ...header }, ...rest });
  const emptyMessage = { staking: null, registry: null, governance: null };

  test.each([
    ["results without a state root", of({ header: { ...results, state_root: null } }), "incomplete results"],
    [
      "results without a messages hash",
      of({ header: { ...results, messages_hash: null } }),
      "incomplete results",
    ],
    ["an empty message", of({}, { messages: [emptyMessage] }), "bad runtime message"],
    ["a bare failure", of({ header: bare, failure: 2, rak_sig: null }), null],
    [
      "a failure with a root",
      of({ header: { ...bare, io_root: EMPTY_HASH }, failure: 1, rak_sig: null }),
      "failure with results",
    ],
    [
      "a failure with a count",
      of({ header: { ...bare, in_msgs_count: 1 }, failure: 1, rak_sig: null }),
      "failure with results",
    ],
    ["a failure with an enclave's signature", of({ header: bare, failure: 1 }), "failure with results"],
    [
      "a failure with messages",
      of({ header: bare, failure: 1, rak_sig: null }, { messages: [emptyMessage] }),
      "failure with results",
    ],
    ["an unknown failure", of({ failure: 3 }), "invalid failure: 3"],
  ])("%s", (_, problem, expected) => {
    expect(problem).toBe(expected);
  });
});
