import type { Namespace } from "../../codec/common-types.ts";
import { getRuntimeState } from "../../consensus/roothash/state.ts";
import type { AnnotatedBlock } from "../../types/roothash-block.ts";
import type { ConsensusView } from "../consensus-view.ts";

type Consensus = Pick<ConsensusView, "stateAt" | "latestHeight" | "oldestHeight">;

/** The block of a ParaTime that a consensus block made final; null when it made none. */
export function blockFinalizedAt(
  consensus: Pick<ConsensusView, "stateAt">,
  runtimeId: Namespace,
  height: bigint,
): AnnotatedBlock | null {
  const last = lastBlockAt(consensus, runtimeId, height);
  return last?.consensus_height === height ? last : null;
}

/** The last block of a ParaTime after a consensus block; null when there is none, or its state is not kept. */
export function lastBlockAt(
  consensus: Pick<ConsensusView, "stateAt">,
  runtimeId: Namespace,
  height: bigint,
): AnnotatedBlock | null {
  const tree = consensus.stateAt(height);
  const state = tree === null ? null : getRuntimeState(tree, runtimeId);
  if (state === null) return null;
  return { consensus_height: state.last_block_height, block: state.last_block };
}

/** The block of a round, looked for among the heights that are kept; null when it is not among them. */
export function blockOfRound(
  consensus: Consensus,
  runtimeId: Namespace,
  round: bigint,
): AnnotatedBlock | null {
  let from = consensus.oldestHeight();
  let to = consensus.latestHeight();
  while (from <= to) {
    const height = (from + to) / 2n;
    const last = lastBlockAt(consensus, runtimeId, height);
    if (last?.block.header.round === round) return last;
    if (last === null || last.block.header.round < round) from = height + 1n;
    else to = height - 1n;
  }
  return null;
}
