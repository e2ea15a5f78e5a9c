import type { ChainEngine } from "../chain/chain-engine.ts";
import { systemClock } from "../chain/clock.ts";
import type { ChainGenesis } from "../chain/genesis.ts";
import type { LightPeerSource } from "../chain/light/peer-provider.ts";
import { type RestoreProgress, StateSync } from "../chain/state-sync/state-sync.ts";
import type { ConsensusApplication } from "../consensus/application.ts";
import type { Environment } from "../storage/environment/environment.ts";
import type { NodeDb } from "../storage/node-db/node-db.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import type { Logging } from "../telemetry/logger.ts";
import type { CheckpointPhase } from "./consensus-peers.ts";
import type { NodeOptions } from "./node-options.ts";
import { consensusCheckpoints } from "./open-checkpoints.ts";
import { openLightClient } from "./open-light-client.ts";

export interface StateSyncParts {
  readonly engine: Pick<ChainEngine, "store">;
  readonly application: Pick<ConsensusApplication, "adoptRestored">;
  readonly genesis: ChainGenesis;
  readonly environment: Environment;
  /** Versions of the consensus state. */
  readonly db: NodeDb;
  readonly lightPeers: LightPeerSource | null;
  readonly logging: Logging;
}

/** How often a line about the progress is logged. */
const REPORT_INTERVAL_MS = 10_000;

/** Checkpoints among peers: ours are offered, and where the options say so the chain begins from one of theirs. */
export function openStateSync(
  options: Pick<NodeOptions, "dataDir" | "stateSync" | "trust" | "providers">,
  parts: StateSyncParts,
): CheckpointPhase {
  const { engine, application, genesis, environment, db, lightPeers, logging } = parts;
  const logger = logging.logger("chain");
  const sync = new StateSync({ source: consensusCheckpoints(options.dataDir), clock: systemClock, logger });
  return {
    channels: sync.channels,
    get progress() {
      return sync.progress === null ? sync.waitingFor : restoreText(sync.progress);
    },
    async run(_network, signal) {
      if (!options.stateSync) {
        // Left by a run that began from a checkpoint and did not come to its end.
        db.multipart.abort();
        return;
      }
      const light = openLightClient(options.trust, {
        ...{ chainId: genesis.chain_id, environment, peers: lightPeers, providers: options.providers },
        logger: logging.logger("light"),
      });
      let cancel: Disposer = () => {};
      const report = () => {
        cancel = systemClock.schedule(report, REPORT_INTERVAL_MS);
        if (sync.progress !== null) logger.info({}, restoreText(sync.progress));
      };
      report();
      try {
        await sync.run(
          {
            ...{ genesis, environment, db, store: engine.store, light: light.client },
            onRestored: ({ last_block_time }) => application.adoptRestored(last_block_time),
          },
          signal,
        );
      } finally {
        cancel();
        light.close();
      }
    },
  };
}

/** `checkpoint of height 5000: 12 of 40 chunks, 3.1 MB, about 20 s left`. */
export function restoreText({ height, chunks, chunksDone, bytes, secondsLeft }: RestoreProgress): string {
  const left = secondsLeft === null ? "" : `, about ${secondsLeft} s left`;
  return `checkpoint of height ${height}: ${chunksDone} of ${chunks} chunks, ${(bytes / 1e6).toFixed(1)} MB${left}`;
}
