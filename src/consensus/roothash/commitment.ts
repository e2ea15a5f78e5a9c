import type { Hash, Namespace, PublicKey, RawSignature } from "../../codec/common-types.ts";
import { encode } from "../../codec/schema.ts";
import { contexts, type SignatureContext, withChain, withRuntime } from "../../crypto/contexts.ts";
import { hashOf } from "../../crypto/hash.ts";
import { type SignatureClaim, type Signer, type VerifyOptions, verify } from "../../crypto/signature.ts";
import {
  ComputeResultsHeader,
  type ExecutorCommitment,
  ExecutorCommitmentHeader,
  FAILURE_NONE,
  FAILURE_STATE_UNAVAILABLE,
  FAILURE_UNKNOWN,
  type Proposal,
  ProposalHeader,
} from "../../types/roothash-commitment.ts";
import { isValidMessage } from "./messages.ts";

/** Where a signature of a committee member is valid: one ParaTime on one network. */
export interface SignatureDomain {
  readonly runtimeId: Namespace;
  /** 64 hex characters. */
  readonly chainContext: string;
}

/** Hash that a commitment votes for. */
export function commitmentVote(commitment: Pick<ExecutorCommitment, "header">): Hash {
  return hashOf(ComputeResultsHeader, commitment.header.header);
}

/** Whether the node says that it could not compute the round. */
export function indicatesFailure(commitment: Pick<ExecutorCommitment, "header">): boolean {
  return commitment.header.failure !== FAILURE_NONE;
}

/** A commitment signed by the node. `messages` only for the scheduler's own commitment. */
export function signCommitment(
  header: ExecutorCommitmentHeader,
  messages: ExecutorCommitment["messages"],
  signer: Signer,
  domain: SignatureDomain,
): ExecutorCommitment {
  const sig = signer.sign(
    inDomain(contexts.executorCommitment, domain),
    encode(ExecutorCommitmentHeader, header),
  );
  return { node_id: signer.publicKey, header, sig, messages };
}

/** Whether the signature is valid over the canonical encoding of the header, whatever bytes it arrived in. */
export function verifyCommitmentSignature(
  commitment: ExecutorCommitment,
  domain: SignatureDomain,
  options?: VerifyOptions,
): boolean {
  const { context, publicKey, message, signature } = commitmentClaim(commitment, domain);
  return verify(context, publicKey, message, signature, options);
}

/** What a commitment's signature has to be a signature of. */
export function commitmentClaim(commitment: ExecutorCommitment, domain: SignatureDomain): SignatureClaim {
  return {
    context: inDomain(contexts.executorCommitment, domain),
    publicKey: commitment.node_id,
    message: encode(ExecutorCommitmentHeader, commitment.header),
    signature: commitment.sig,
  };
}

/** A proposal signed by the scheduler. */
export function signProposal(
  header: ProposalHeader,
  batch: Proposal["batch"],
  signer: Signer,
  domain: SignatureDomain,
): Proposal {
  const sig = signer.sign(inDomain(contexts.proposal, domain), encode(ProposalHeader, header));
  return { node_id: signer.publicKey, header, sig, batch };
}

/** Whether the signature is valid over the canonical encoding of the header. */
export function verifyProposalSignature(
  proposal: Proposal,
  domain: SignatureDomain,
  options?: VerifyOptions,
): boolean {
  const message = encode(ProposalHeader, proposal.header);
  return verify(inDomain(contexts.proposal, domain), proposal.node_id, message, proposal.sig, options);
}

/** Signature with which an enclave vouches for results. */
export function signComputeResults(results: ComputeResultsHeader, rak: Signer): RawSignature {
  return rak.sign(contexts.computeResultsHeader, encode(ComputeResultsHeader, results));
}

/** Whether an enclave vouches for the results of a commitment. */
export function verifyRakSignature(
  header: ExecutorCommitmentHeader,
  rak: PublicKey,
  options?: VerifyOptions,
): boolean {
  const message = encode(ComputeResultsHeader, header.header);
  return (
    header.rak_sig !== null && verify(contexts.computeResultsHeader, rak, message, header.rak_sig, options)
  );
}

/**
 * What is wrong with the shape of a commitment, null when nothing is: results must be complete, a failure must come
 * without any (consensus-b.md 4.4 step b).
 */
export function commitmentProblem({ header, messages }: ExecutorCommitment): string | null {
  const { io_root, state_root, messages_hash, in_msgs_hash, in_msgs_count } = header.header;
  const hashes = [io_root, state_root, messages_hash, in_msgs_hash];
  switch (header.failure) {
    case FAILURE_NONE:
      if (hashes.includes(null)) {
        return "incomplete results";
      }
      return (messages ?? []).every(isValidMessage) ? null : "bad runtime message";
    case FAILURE_UNKNOWN:
    case FAILURE_STATE_UNAVAILABLE: {
      const isBare = hashes.every((hash) => hash === null) && in_msgs_count === 0 && header.rak_sig === null;
      return isBare && (messages ?? []).length === 0 ? null : "failure with results";
    }
    default:
      return `invalid failure: ${header.failure}`;
  }
}

function inDomain(base: SignatureContext, { runtimeId, chainContext }: SignatureDomain): SignatureContext {
  return withChain(withRuntime(base, runtimeId), chainContext);
}
