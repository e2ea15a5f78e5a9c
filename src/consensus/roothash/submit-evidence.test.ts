import { beforeEach, describe, expect, test } from "vitest";
import {
  domain,
  nodes,
  owners,
  RoundWorld,
  RUNTIME_ID,
  transferMessage,
  user,
  type Vote,
} from "../../../test/consensus-round.ts";
import { eventKinds, outcomeOf } from "../../../test/consensus-world.ts";
import { utf8 } from "../../codec/bytes.ts";
import { EMPTY_HASH, sha512_256 } from "../../crypto/hash.ts";
import { testSigner } from "../../crypto/memory-signer.ts";
import type { Evidence } from "../../types/roothash.ts";
import type { ExecutorCommitment, Proposal } from "../../types/roothash-commitment.ts";
import { signCommitment, signProposal } from "./commitment.ts";
import { evidenceHash } from "./evidence.ts";
import { hasEvidence } from "./state.ts";
import { submitEvidence } from "./submit-evidence.ts";

let world: RoundWorld;

beforeEach(() => {
  world = new RoundWorld();
});

function commitments(a: ExecutorCommitment, b: ExecutorCommitment): Evidence {
  return { id: RUNTIME_ID, equivocation_executor: { commit_a: a, commit_b: b }, equivocation_prop: null };
}

function proposals(a: Proposal, b: Proposal): Evidence {
  return { id: RUNTIME_ID, equivocation_executor: null, equivocation_prop: { prop_a: a, prop_b: b } };
}

/** Worker 1 voted for two results. */
const proof = () => commitments(world.vote(1), world.vote(1, { results: "b" }));
const against = (second: Vote, member = 1) => commitments(world.vote(1), world.vote(member, second));

function proposal(batch: string, signer = nodes[1]!): Proposal {
  const header = { round: 2n, previous_hash: EMPTY_HASH, batch_hash: sha512_256(utf8(batch)) };
  return signProposal(header, null, signer, domain);
}

function submit(evidence: Evidence, signer = user): { outcome: string; events: string[] } {
  const ctx = world.context("deliverTx", signer);
  return { outcome: outcomeOf(() => submitEvidence(ctx, evidence)), events: eventKinds(ctx) };
}

describe("evidence (consensus-b.md 4.9)", () => {
  test("slashes the owner and rewards ParaTime and submitter, once", () => {
    const events = ["take_escrow", "transfer", "transfer", "add_escrow"];
    expect(submit(proof())).toEqual({ outcome: "ok", events });
    const stakes = [owners[1]!, user].map((key) => world.stakeOf(key));
    expect([...stakes, world.runtimeBalance]).toEqual([970n, 15n, 15n]);
    expect(submit(proof()).outcome).toBe("roothash/9");
  });

  test("rewards the owner of a node that submits it", () => {
    expect(submit(proof(), nodes[2]!.publicKey).outcome).toBe("ok");
    expect(world.stakeOf(owners[2]!)).toBe(1015n);
  });

  test("of a failure beside results", () => {
    const liar = [0, 1, 2].find((n) => n !== world.ranked(0n))!;
    expect(submit(commitments(world.vote(liar), world.vote(liar, { results: "fail" }))).outcome).toBe("ok");
  });

  test("of two proposals", () => {
    expect(submit(proposals(proposal("a"), proposal("b"))).outcome).toBe("ok");
  });

  test.each([
    ["nothing", () => ({ id: RUNTIME_ID, equivocation_executor: null, equivocation_prop: null })],
    [
      "two things",
      () => ({
        ...proof(),
        ...proposals(proposal("a"), proposal("b")),
        equivocation_executor: proof().equivocation_executor,
      }),
    ],
    ["the same commitment", () => against({})],
    ["commitments of two nodes", () => against({ results: "b" }, 2)],
    ["commitments for two schedulers", () => against({ results: "b", scheduler: world.ranked(1n) })],
    ["results that differ in what does not matter", () => against({ takenHash: sha512_256(utf8("x")) })],
    [
      "equal failures",
      () => commitments(world.vote(1, { results: "fail" }), world.vote(1, { results: "fail" })),
    ],
    [
      "commitments with messages",
      () =>
        commitments({ ...world.vote(1), messages: [transferMessage(1n)] }, world.vote(1, { results: "b" })),
    ],
    [
      "a bad signature",
      () => commitments(world.vote(1), { ...world.vote(1, { results: "b" }), sig: new Uint8Array(64) }),
    ],
    ["commitments in another ParaTime", () => ({ ...proof(), id: new Uint8Array(32) })],
    ["the same proposal", () => proposals(proposal("a"), proposal("a"))],
    ["proposals of two nodes", () => proposals(proposal("a"), proposal("b", nodes[2]))],
    ["proposals with batches", () => proposals(proposal("a"), { ...proposal("b"), batch: [EMPTY_HASH] })],
    [
      "a badly signed proposal",
      () => proposals(proposal("a"), { ...proposal("b"), sig: new Uint8Array(64) }),
    ],
  ] as [string, () => Evidence][])("that proves nothing: %s", (_, evidence) => {
    expect(submit(evidence()).outcome).toBe("roothash/10");
  });

  test("is too old when its round is further back than the parameters say", () => {
    const evidence = proof();
    const outcomeAfter = (rounds: bigint) => {
      world.change((stored) => {
        stored.last_block.header.round = 2n + rounds;
      });
      return submit(evidence).outcome;
    };
    expect([outcomeAfter(6n), outcomeAfter(5n)]).toEqual(["roothash/10", "ok"]);
  });

  test("against a node that is not registered is remembered although it fails", () => {
    const stranger = testSigner("stranger");
    const of = (results: string) => signCommitment(world.vote(1, { results }).header, null, stranger, domain);
    const evidence = commitments(of("a"), of("b"));
    expect(submit(evidence).outcome).toBe("roothash/10");
    expect(hasEvidence(world.state, RUNTIME_ID, 2n, evidenceHash(stranger.publicKey))).toBe(true);
    expect(submit(evidence).outcome).toBe("roothash/9");
  });

  test("is useless where nothing is slashed", () => {
    world.change((stored) => {
      stored.runtime.staking.slashing = null;
    });
    expect(submit(proof()).outcome).toBe("roothash/8");
  });

  test("is judged in CheckTx without the state, and costs nothing there", () => {
    const ctx = world.context("checkTx", user);
    submitEvidence(ctx, proof());
    expect(outcomeOf(() => submitEvidence(ctx, against({})))).toBe("roothash/10");
    expect(hasEvidence(world.state, RUNTIME_ID, 2n, evidenceHash(nodes[1]!.publicKey))).toBe(false);
  });
});
