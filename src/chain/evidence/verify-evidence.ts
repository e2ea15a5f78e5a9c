import type { ChainState } from "../chain-state.ts";
import type { ChainStore } from "../chain-store.ts";
import { type Evidence, evidenceHeight } from "./evidence.ts";
import { invalidEvidence, verifyDuplicateVote } from "./verify-duplicate-vote.ts";
import {
  type AttackedChain,
  type SignedHeader,
  verifyLightClientAttack,
} from "./verify-light-client-attack.ts";

/** The part of the store that evidence is checked against. */
export type EvidenceFacts = Pick<ChainStore, "block" | "validators" | "height">;

/**
 * Whether a piece of evidence holds, is about this chain and is not too old, given the state after the last block.
 * @throws ChainError
 */
export function verifyEvidence(state: ChainState, evidence: Evidence, facts: EvidenceFacts): void {
  const height = evidenceHeight(evidence);
  const header = facts.block(height)?.block.header;
  const validators = facts.validators(height);
  if (header === undefined || validators === null) throw invalidEvidence("no block of that height");
  if (evidence.value.timestamp !== header.time) throw invalidEvidence("its time is not that of its block");
  if (isExpired(state, height, header.time)) throw invalidEvidence("it is too old");
  if (evidence.type === "duplicate_vote") verifyDuplicateVote(state.chain_id, evidence.value, validators);
  else {
    const conflicting = evidence.value.conflicting_block!.signed_header!.header!;
    const chain: AttackedChain = {
      commonHeight: height,
      commonValidators: validators,
      trusted: trustedHeader(facts, conflicting.height, conflicting.time),
    };
    verifyLightClientAttack(evidence.value, chain);
  }
}

/** Too old only when both limits are passed. */
export function isExpired(
  { last_block_height, last_block_time, consensus_params: { evidence } }: ChainState,
  height: bigint,
  time: bigint,
): boolean {
  return (
    last_block_height - height > evidence.max_age_num_blocks &&
    last_block_time - time > evidence.max_age_duration
  );
}

function trustedHeader(facts: EvidenceFacts, height: bigint, time: bigint): SignedHeader {
  const own = signedHeader(facts, height);
  if (own !== null) return own;
  const newest = signedHeader(facts, facts.height);
  if (newest === null) throw invalidEvidence("no commit for the newest block yet");
  if (newest.header.time < time) throw invalidEvidence("the conflicting block is later than the newest one");
  return newest;
}

/** With the canonical commit, so that all nodes judge alike: the newest block has none before the next. */
function signedHeader(facts: EvidenceFacts, height: bigint): SignedHeader | null {
  const block = facts.block(height)?.block;
  const next = facts.block(height + 1n)?.block;
  return block && next ? { header: block.header, commit: next.last_commit } : null;
}
