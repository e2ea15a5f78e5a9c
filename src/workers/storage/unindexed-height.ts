import type { AnnotatedBlock } from "../../types/roothash-block.ts";
import type { RoundContext } from "../round-context.ts";

/**
 * The first consensus height whose state the history of a ParaTime may still be made from; null when the history has
 * every round that the consensus layer knows (oasis-core v26.1 go/runtime/history/history.go CanPruneConsensus).
 * @param round what the consensus layer knows of the ParaTime; null when it does not know it
 * @param last the last block of the history
 */
export function unindexedHeight(
  round: Pick<RoundContext, "block"> | null,
  last: AnnotatedBlock | null,
): bigint | null {
  if (round === null) return null;
  if (last === null) return 0n;
  const isComplete = last.block.header.round === round.block.header.round;
  return isComplete ? null : last.consensus_height + 1n;
}
