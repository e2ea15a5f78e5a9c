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
import { NONE_NEEDED } from "../telemetry/waiting.ts";
import type { CheckpointPhase } from "./consensus-peers.ts";
import type { NodeOptions } from "./node-options.ts";
import { consensusCheckpoints } from "./open-checkpoints.ts";
import { openLightClient } from "./open-light-client.ts";
import { REPORT_INTERVAL_MS, timeLeftText } from "./progress.ts";

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

/** What to do when there is nobody to ask for light blocks. */
const NAME_NODES =
  "nobody is there to ask for light blocks: name nodes in consensus.light_client.trust.sources or consensus.providers, " +
  "or peers of the ParaTime network in p2p.connection_manager.persistent_peers; seeds in p2p.seeds need their P2P port, " +
  "too (KEY@HOST:9200), and `p2p.unreachable` tells which did not answer";

/** Checkpoints among peers: ours are offered, and where the options say so the chain begins from one of theirs. */
export function openStateSync(
  options: Pick<NodeOptions, "dataDir" | "stateSync" | "trust" | "providers">,
  parts: StateSyncParts,
): CheckpointPhase {
  const { engine, application, genesis, environment, db, lightPeers, logging } = parts;
  const logger = logging.logger("chain");
  const sync = new StateSync({ source: consensusCheckpoints(options.dataDir), clock: systemClock, logger });
  const isNamed = options.trust.sources.length + options.providers.length > 0;
  const asksSomebody = () => isNamed || (lightPeers?.scores.best().length ?? 0) > 0;
  return {
    channels: sync.channels,
    get progress() {
      if (sync.progress !== null) return { cause: restoreText(sync.progress), remedy: NONE_NEEDED };
      const cause = sync.waitingFor;
      return { cause, remedy: cause === null || asksSomebody() ? NONE_NEEDED : NAME_NODES };
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
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  return `checkpoint of height ${height}: ${chunksDone} of ${chunks} chunks, ${size}${timeLeftText(secondsLeft)}`;
}
