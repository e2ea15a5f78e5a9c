import { equal } from "../../codec/bytes.ts";
import type { Hash, PublicKey } from "../../codec/common-types.ts";
import { hashOf, sha512_256 } from "../../crypto/hash.ts";
import type { VerifyOptions } from "../../crypto/signature.ts";
import type {
  EquivocationExecutorEvidence,
  EquivocationProposalEvidence,
  Evidence,
} from "../../types/roothash.ts";
import {
  ComputeResultsHeader,
  type ExecutorCommitmentHeader,
  FAILURE_NONE,
  ProposalHeader,
} from "../../types/roothash-commitment.ts";
import {
  commitmentProblem,
  type SignatureDomain,
  verifyCommitmentSignature,
  verifyProposalSignature,
} from "./commitment.ts";

/** Leading byte of what is hashed to tell one piece of evidence from another; there is only this kind. */
const EQUIVOCATION = Uint8Array.of(1);

/** Who is accused, and of what round. */
export interface Accusation {
  readonly nodeId: PublicKey;
  readonly round: bigint;
}

/** Identifies evidence: one node can be accused once a round (consensus-b.md 4.9). */
export function evidenceHash(nodeId: PublicKey): Hash {
  return sha512_256(EQUIVOCATION, nodeId);
}

/** The accusation that evidence makes. Entry condition: it has exactly one content. */
export function accusationOf(evidence: Evidence): Accusation | null {
  const commitment = evidence.equivocation_executor?.commit_a;
  if (commitment !== undefined) {
    return { nodeId: commitment.node_id, round: commitment.header.header.round };
  }
  const proposal = evidence.equivocation_prop?.prop_a;
  return proposal === undefined ? null : { nodeId: proposal.node_id, round: proposal.header.round };
}

/**
 * Why evidence proves nothing, as far as it can be told without the state; null when it does. Signatures are checked
 * last, being the expensive part.
 */
export function evidenceProblem(
  evidence: Evidence,
  chainContext: string,
  options: VerifyOptions,
): string | null {
  const domain = { runtimeId: evidence.id, chainContext };
  const { equivocation_executor: executor, equivocation_prop: proposal } = evidence;
  if (executor !== null && proposal !== null) {
    return "evidence has multiple fields set";
  }
  if (executor !== null) {
    return executorProblem(executor, domain, options);
  }
  return proposal === null
    ? "evidence content has no fields set"
    : proposalProblem(proposal, domain, options);
}

function executorProblem(
  { commit_a: a, commit_b: b }: EquivocationExecutorEvidence,
  domain: SignatureDomain,
  options: VerifyOptions,
): string | null {
  if (!equal(a.node_id, b.node_id)) {
    return "commitments of different nodes";
  }
  if (!equal(a.header.scheduler_id, b.header.scheduler_id)) {
    return "commitments to different schedulers";
  }
  if (a.header.header.round !== b.header.header.round) {
    return "commitments for different rounds";
  }
  if ((a.messages ?? []).length > 0 || (b.messages ?? []).length > 0) {
    return "messages should be empty";
  }
  const problem = commitmentProblem(a) ?? commitmentProblem(b);
  if (problem !== null) {
    return problem;
  }
  if (!isContradiction(a.header, b.header)) {
    return "commitments do not contradict each other";
  }
  const signed =
    verifyCommitmentSignature(a, domain, options) && verifyCommitmentSignature(b, domain, options);
  return signed ? null : "invalid signature";
}

/** Two results must differ in what matters; otherwise the failure indications must differ. */
function isContradiction(a: ExecutorCommitmentHeader, b: ExecutorCommitmentHeader): boolean {
  if (a.failure !== FAILURE_NONE || b.failure !== FAILURE_NONE) {
    return a.failure !== b.failure;
  }
  const vote = ({ header }: ExecutorCommitmentHeader) =>
    hashOf(ComputeResultsHeader, { ...header, in_msgs_hash: null, in_msgs_count: 0 });
  return !equal(vote(a), vote(b));
}

function proposalProblem(
  { prop_a: a, prop_b: b }: EquivocationProposalEvidence,
  domain: SignatureDomain,
  options: VerifyOptions,
): string | null {
  if (equal(hashOf(ProposalHeader, a.header), hashOf(ProposalHeader, b.header))) {
    return "proposals are equal";
  }
  if (!equal(a.node_id, b.node_id)) {
    return "proposals of different nodes";
  }
  if (a.header.round !== b.header.round) {
    return "proposals for different rounds";
  }
  if ((a.batch ?? []).length > 0 || (b.batch ?? []).length > 0) {
    return "batch should be empty";
  }
  const signed = verifyProposalSignature(a, domain, options) && verifyProposalSignature(b, domain, options);
  return signed ? null : "invalid signature";
}
