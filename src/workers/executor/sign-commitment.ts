import type { Namespace } from "../../codec/common-types.ts";
import { encode } from "../../codec/schema.ts";
import { contexts, withChain, withRuntime } from "../../crypto/contexts.ts";
import type { Signer } from "../../crypto/signature.ts";
import {
  type ExecutorCommitment,
  ExecutorCommitmentHeader,
  FAILURE_NONE,
} from "../../types/roothash-commitment.ts";
import type { ScheduledBatch } from "./scheduled-batch.ts";

/**
 * The commitment of a scheduler to the batch that it executed itself (facts/runtime.md 6.4). The scheduler's own
 * commitment carries the messages; their hash in the header is what the others vote for.
 */
export function signCommitment(
  signer: Signer,
  chain: { runtimeId: Namespace; chainContext: string },
  batch: ScheduledBatch,
): ExecutorCommitment {
  const header: ExecutorCommitmentHeader = {
    scheduler_id: signer.publicKey,
    header: batch.header,
    failure: FAILURE_NONE,
    rak_sig: batch.rakSignature,
  };
  const context = withChain(withRuntime(contexts.executorCommitment, chain.runtimeId), chain.chainContext);
  return {
    node_id: signer.publicKey,
    header,
    sig: signer.sign(context, encode(ExecutorCommitmentHeader, header)),
    messages: batch.messages.length === 0 ? null : [...batch.messages],
  };
}
