import type { Namespace } from "../codec/common-types.ts";
import { getEpoch, getFutureEpoch } from "../consensus/beacon/state.ts";
import { getRuntime } from "../consensus/registry/runtime-state.ts";
import { getIncomingMessages, getLastRoundResults, getRuntimeState } from "../consensus/roothash/state.ts";
import type { LightBlock } from "../types/api-consensus.ts";
import type { RoundResults, RuntimeState } from "../types/roothash.ts";
import type { AnnotatedBlock, Block } from "../types/roothash-block.ts";
import type { IncomingMessage } from "../types/roothash-message.ts";
import type { Runtime } from "../types/runtime.ts";
import type { ConsensusView } from "./consensus-view.ts";

/** Everything that a ParaTime round starts from: what the official node calls dispatch info (facts/runtime.md 6.1). */
export interface RoundContext {
  /** Height at which this was read; the last block of the ParaTime may be older. */
  readonly height: bigint;
  /** The ParaTime's last block, which the next round builds on. */
  readonly block: Block;
  readonly annotated: AnnotatedBlock;
  /** Consensus block that finalized `block`. */
  readonly lightBlock: LightBlock;
  readonly epoch: bigint;
  /** Height at which the next epoch begins, when that is settled. */
  readonly nextEpochHeight: bigint | null;
  /** Descriptor of the registry, the newest there is. */
  readonly descriptor: Runtime;
  /** `state.runtime` is the descriptor that this epoch's committee works by. */
  readonly state: RuntimeState;
  readonly roundResults: RoundResults;
  readonly incomingMessages: readonly IncomingMessage[];
}

/** Why there is no round to work on. */
export type NoRound = "notRegistered" | "notStarted" | "noLightBlock";

/** Reads the round that the state after `height` asks for. */
export function readRoundContext(
  consensus: Pick<ConsensusView, "stateAt" | "lightBlockAt">,
  runtimeId: Namespace,
  height: bigint,
): RoundContext | NoRound {
  const tree = consensus.stateAt(height);
  if (tree === null) return "notStarted";
  const descriptor = getRuntime(tree, runtimeId) ?? null;
  const state = getRuntimeState(tree, runtimeId);
  if (descriptor === null || state === null || state.last_block === null) return "notRegistered";
  const lightBlock = consensus.lightBlockAt(state.last_block_height) ?? consensus.lightBlockAt(height);
  if (lightBlock === null) return "noLightBlock";
  return {
    height,
    block: state.last_block,
    annotated: { consensus_height: state.last_block_height, block: state.last_block },
    lightBlock,
    epoch: getEpoch(tree).epoch,
    nextEpochHeight: getFutureEpoch(tree)?.height ?? null,
    descriptor,
    state,
    roundResults: getLastRoundResults(tree, runtimeId),
    incomingMessages: getIncomingMessages(tree, runtimeId, 0n, 0),
  };
}
