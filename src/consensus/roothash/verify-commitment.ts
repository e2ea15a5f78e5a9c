import { equal } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import type { VerifyOptions } from "../../crypto/signature.ts";
import { commitmentErrors, unknownErrors } from "../../types/errors.ts";
import { type Node, TEE_HARDWARE_NONE } from "../../types/node.ts";
import type { Header } from "../../types/roothash-block.ts";
import type { ExecutorCommitment } from "../../types/roothash-commitment.ts";
import type { Message } from "../../types/roothash-message.ts";
import type { Runtime } from "../../types/runtime.ts";
import { activeDeployment } from "../registry/deployments.ts";
import { getNodeRuntime } from "../registry/node.ts";
import { isBasedOn } from "./block.ts";
import {
  commitmentProblem,
  indicatesFailure,
  verifyCommitmentSignature,
  verifyRakSignature,
} from "./commitment.ts";
import { messagesHash } from "./messages.ts";

/** What a commitment is verified against. */
export interface CommitmentRules {
  /** Descriptor as of the last committee change. */
  readonly runtime: Readonly<Runtime>;
  /** Header of the last block. */
  readonly lastHeader: Readonly<Header>;
  /** Epoch of the committee. */
  readonly epoch: bigint;
  readonly chainContext: string;
  readonly signatures: VerifyOptions;
  /** A registered node; null when unknown. */
  readonly lookupNode: (id: PublicKey) => Readonly<Node> | null;
  /** Called with the messages of a scheduler's commitment once they are known to be the ones it committed to. */
  readonly onMessages: (messages: readonly Message[]) => void;
}

/**
 * Checks a commitment by itself, before it is added to the pool (consensus-b.md 4.4 steps a to f).
 * @throws CodedError unknown/1 for the signature, else of roothash/commitment
 */
export function verifyCommitment(commitment: ExecutorCommitment, rules: CommitmentRules): void {
  const { runtime, chainContext, signatures } = rules;
  if (!verifyCommitmentSignature(commitment, { runtimeId: runtime.id, chainContext }, signatures)) {
    throw unknownErrors.unknown().with("signature verification failed");
  }
  const problem = commitmentProblem(commitment);
  if (problem !== null) {
    throw commitmentErrors.badExecutorCommitment().with(problem);
  }
  if (!isBasedOn(commitment.header.header, rules.lastHeader)) {
    throw commitmentErrors.notBasedOnCorrectBlock();
  }
  const isScheduler = equal(commitment.node_id, commitment.header.scheduler_id);
  if (indicatesFailure(commitment)) {
    if (isScheduler) {
      throw commitmentErrors.badExecutorCommitment().with("scheduler must not fail");
    }
    return;
  }
  if (runtime.tee_hardware !== TEE_HARDWARE_NONE) {
    verifyEnclave(commitment, rules);
  }
  verifyMessages(commitment, isScheduler, rules);
}

/** The results must be signed by the enclave that the node registered for the active version. */
function verifyEnclave(commitment: ExecutorCommitment, rules: CommitmentRules): void {
  const node = rules.lookupNode(commitment.node_id);
  if (node === null) {
    throw commitmentErrors.notInCommittee();
  }
  const deployment = activeDeployment(rules.runtime, rules.epoch);
  if (deployment === null) {
    throw commitmentErrors.noRuntime();
  }
  const nodeRuntime = getNodeRuntime(node, rules.runtime.id, deployment.version);
  if (nodeRuntime === null) {
    throw commitmentErrors.notInCommittee();
  }
  const rak = nodeRuntime.capabilities.tee?.rak ?? null;
  if (rak === null || !verifyRakSignature(commitment.header, rak, rules.signatures)) {
    throw commitmentErrors.rakSigInvalid();
  }
}

function verifyMessages(commitment: ExecutorCommitment, isScheduler: boolean, rules: CommitmentRules): void {
  const messages = commitment.messages ?? [];
  if (!isScheduler) {
    if (messages.length > 0) {
      throw commitmentErrors.invalidMessages();
    }
    return;
  }
  const hash = commitment.header.header.messages_hash;
  const isCommittedTo = hash !== null && equal(messagesHash(messages), hash);
  if (messages.length > rules.runtime.executor.max_messages || !isCommittedTo) {
    throw commitmentErrors.invalidMessages();
  }
  if (messages.length > 0) {
    rules.onMessages(messages);
  }
}
