import type { StopError } from "../consensus/errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import { delay, type Timers } from "../workers/timers.ts";

/** Time for the last votes to reach those who lack them (oasis-core v26.1 go/consensus/cometbft/full). */
const MIN_WAIT_MS = 5000;

export interface EndOfChainDeps {
  /** Whether nobody else needs what this node has of the last block. */
  readonly isAlone: boolean;
  /** Mean delay between the last block and the end of the node. */
  readonly stopDelayMs: number;
  /** Writes the last state to a file; returns its path. */
  readonly exportGenesis: () => string;
  readonly timers: Timers;
  /** Between 0 and 1, so that not all nodes of a network stop at the same moment. */
  readonly random: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * What a node does whose chain ends on purpose, for an upgrade or at a configured height: it gives others what they
 * lack of the last block, and exports the state as a genesis document.
 */
export async function endOfChain(reason: StopError, deps: EndOfChainDeps): Promise<void> {
  const { isAlone, stopDelayMs, timers, random, signal, logger } = deps;
  logger.warn({ code: reason.code }, reason.message);
  if (!isAlone) await delay(timers, MIN_WAIT_MS, signal);
  try {
    logger.info({ file: deps.exportGenesis() }, "exported the last state as a genesis document");
  } catch (error) {
    logger.error({ err: error }, "the last state could not be exported as a genesis document");
  }
  if (isAlone) return;
  const delayMs = stopDelayMs * (0.5 + random);
  logger.info(
    { seconds: Math.round(delayMs / 1000) },
    "the node stops after a while, so that others can catch up",
  );
  await delay(timers, delayMs, signal);
}
