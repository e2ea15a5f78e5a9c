import type { ChainEngine } from "../chain/chain-engine.ts";
import type { ConsensusPeers } from "./consensus-peers.ts";
import { consensusWaiting } from "./consensus-waiting.ts";
import type { ConsensusReadiness } from "./readiness.ts";

/** A last block younger than this means the node is up to date (facts/api.md 2.1). */
const SYNCED_WITHIN_MS = 60_000;

/** That of a node with peers: it works when it takes part in the rounds and the last block is recent. */
export function consensusReadiness(engine: ChainEngine, peers: ConsensusPeers): ConsensusReadiness {
  const isRecent = () => {
    const height = engine.latestHeight;
    const block = height === 0n ? null : engine.blockAt(height);
    if (block === null) return false;
    return Date.now() - Number(block.block.header.time / 1_000_000n) < SYNCED_WITHIN_MS;
  };
  return {
    isSynced: () => peers.phase === "rounds" && isRecent(),
    waiting: () => {
      const { phase, phaseSinceMs, isAlone, progress, clockOffsetMs } = peers;
      return consensusWaiting({
        ...{ phase, phaseSinceMs, isAlone, progress, clockOffsetMs },
        checkpoint: peers.checkpointProgress,
        network: peers.report(),
        engine: engine.status,
        isRecent: isRecent(),
      });
    },
    onChange: (listener) => {
      const disposers = [engine.onBlock(listener), peers.onPhase(listener)];
      return () => {
        for (const dispose of disposers) dispose();
      };
    },
  };
}
