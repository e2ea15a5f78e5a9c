import type { ChainStatus } from "../chain/chain-engine.ts";
import { StopError } from "../consensus/errors.ts";
import type { NetworkReport } from "../p2p/comet/network-report.ts";
import { NONE_NEEDED, type Waiting } from "../telemetry/waiting.ts";
import type { CheckpointProgress, ConsensusPhase } from "./consensus-peers.ts";
import { CLOCK_REMEDY, clockText } from "./consensus-warnings.ts";
import { timeLeftText } from "./progress.ts";
import type { SyncRate } from "./sync-meter.ts";

/** What is known of the node's way to the head of the chain. */
export interface ConsensusFigures {
  readonly phase: ConsensusPhase;
  /** Since when it is in that phase, Unix milliseconds. */
  readonly phaseSinceMs: number;
  /** Whether this node alone makes the blocks. */
  readonly isAlone: boolean;
  readonly progress: SyncRate | null;
  /** How restoring a checkpoint goes; null while none is restored. */
  readonly checkpoint: CheckpointProgress | null;
  readonly network: NetworkReport;
  readonly engine: ChainStatus;
  /** Whether the last block is recent. */
  readonly isRecent: boolean;
  /** How far the clock is ahead of the validators', in milliseconds; null when it is not known to be off. */
  readonly clockOffsetMs: number | null;
}

/** What keeps the node from the head of the chain; null when it is there. */
export function consensusWaiting(figures: ConsensusFigures): Waiting | null {
  const { phase, phaseSinceMs, isAlone, progress, checkpoint, network, engine, isRecent, clockOffsetMs } =
    figures;
  const base = { sinceMs: phaseSinceMs, remedy: NONE_NEEDED };
  if (engine.state === "halted") {
    const cause = engine.error instanceof Error ? engine.error.message : String(engine.error);
    if (engine.error instanceof StopError) return { ...base, for: "the end of the node", cause };
    return { ...base, for: "a recent block", cause: `the chain halted: ${cause}`, remedy: "see the log" };
  }
  if (phase === "rounds" && isRecent) return null;
  if (!isAlone && network.waiting !== null) return network.waiting;
  if (phase === "checkpoint") {
    return { ...base, for: "a checkpoint of the state", cause: null, ...checkpoint };
  }
  if (phase === "blocks") {
    if (progress === null) return { ...base, for: "peers to tell which blocks they have", cause: null };
    return {
      ...base,
      for: "the head of the chain",
      cause: progressText(progress),
      sinceMs: progress.sinceMs,
    };
  }
  if (engine.state !== "running") return { ...base, for: "a recent block", cause: null };
  if (clockOffsetMs !== null) {
    const cause = `blocks come, but ${clockText(clockOffsetMs)}`;
    return { ...base, for: "a recent block", cause, remedy: CLOCK_REMEDY };
  }
  const { height, round, step, sinceMs } = engine;
  const cause =
    round === 0
      ? null
      : `height ${height} is in round ${round}, step ${step}: too few validators agree, they may be down or not connected`;
  return { ...base, for: "a recent block", cause, sinceMs };
}

/** `height 120 of 5000, 80 blocks/s, about 1 min left`. */
export function progressText({ height, target, blocksPerSecond, secondsLeft }: SyncRate): string {
  const rate = blocksPerSecond >= 10 ? blocksPerSecond.toFixed(0) : blocksPerSecond.toFixed(1);
  return `height ${height} of ${target}, ${rate} blocks/s${timeLeftText(secondsLeft)}`;
}
