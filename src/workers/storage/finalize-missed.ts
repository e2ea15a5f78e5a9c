import type { ConsensusView } from "../consensus-view.ts";
import { readRoundContext } from "../round-context.ts";
import type { RoundStore } from "./round-store.ts";

/**
 * Makes the rounds final that the consensus layer finalized while the node was down, or between its last two writes: all
 * before the latest height, whose round is handled like any new one.
 *
 * A round without results takes over the state of the one before it, so none may be left out.
 */
export function finalizeMissed(
  consensus: Pick<ConsensusView, "latestHeight" | "oldestHeight" | "stateAt" | "lightBlockAt">,
  store: Pick<RoundStore, "runtimeId" | "lastBlock" | "finalize">,
): void {
  const latest = consensus.latestHeight();
  const known = store.lastBlock?.consensus_height ?? 0n;
  const oldest = consensus.oldestHeight();
  for (let height = known < oldest ? oldest : known + 1n; height < latest; height++) {
    const round = readRoundContext(consensus, store.runtimeId, height);
    if (typeof round !== "string" && round.state.last_block_height === height)
      store.finalize(round.annotated);
  }
}
