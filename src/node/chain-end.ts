import type { ChainEngine } from "../chain/chain-engine.ts";
import type { ConsensusApplication } from "../consensus/application.ts";
import { StopError } from "../consensus/errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import { systemTimers } from "../workers/timers.ts";
import type { UpgradeManager } from "../workers/upgrades/upgrade-manager.ts";
import type { ConsensusPeers } from "./consensus-peers.ts";
import { endOfChain } from "./end-of-chain.ts";
import type { ExitReason } from "./node.ts";
import type { NodeOptions } from "./node-options.ts";

export interface ChainEndDeps {
  readonly engine: ChainEngine;
  readonly application: ConsensusApplication;
  readonly upgrades: UpgradeManager;
  readonly peers: ConsensusPeers;
  /** Writes the last state to a file; returns its path. */
  readonly exportGenesis: () => string;
  /** The node has nothing more to do. */
  readonly ended: (reason: ExitReason) => void;
  /** Aborts when the node is being stopped. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Ends a node whose chain ends: on purpose, for an upgrade or at a configured height, or because it cannot go on.
 */
export class ChainEnd {
  readonly #stopDelayMs: number;
  readonly #deps: ChainEndDeps;

  constructor({ upgradeStopDelayMs }: Pick<NodeOptions, "upgradeStopDelayMs">, deps: ChainEndDeps) {
    this.#stopDelayMs = upgradeStopDelayMs;
    this.#deps = deps;
  }

  /** Looks after each block whether it was the last. */
  watch(): void {
    const { engine } = this.#deps;
    engine.onHalt((error) => this.halted(error));
    engine.onBlock(() => this.endWhenDue());
    this.endWhenDue();
  }

  /** Between blocks: tells the upgrades where the chain is, and ends it here where no block is to follow. */
  endWhenDue(): void {
    const { engine, application, upgrades } = this.#deps;
    const { nextBlock } = application;
    if (nextBlock === null) return;
    upgrades.settle(nextBlock);
    const reason = application.stopBeforeNext;
    if (reason !== null) engine.end(reason);
  }

  /** A stop at a configured height or for an upgrade is as ordered; everything else is a failure. */
  halted(error: unknown): void {
    if (error instanceof StopError) void this.#stopAsOrdered(error);
    else this.#fail("the chain halted: ", error);
  }

  async #stopAsOrdered(reason: StopError): Promise<void> {
    const { application, upgrades, peers, exportGenesis, ended, signal, logger } = this.#deps;
    if (application.nextBlock !== null) upgrades.stopped(application.nextBlock);
    try {
      await endOfChain(reason, {
        // Who has not reached the head is of no use to others.
        isAlone: peers.isAlone || peers.phase !== "rounds",
        stopDelayMs: this.#stopDelayMs,
        exportGenesis,
        timers: systemTimers,
        random: Math.random(),
        signal,
        logger,
      });
      ended({ kind: "stopped" });
    } catch (error) {
      if (!signal.aborted) this.#fail("", error);
    }
  }

  #fail(prefix: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#deps.ended({ kind: "failed", message: `${prefix}${text}` });
  }
}
