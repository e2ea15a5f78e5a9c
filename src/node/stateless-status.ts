import { headerHash } from "../chain/header.ts";
import type { LightBlock } from "../chain/light-block.ts";
import { splitTime } from "../chain/time.ts";
import { EMPTY_HASH, ZERO_HASH } from "../crypto/hash.ts";
import type { NodeIdentity } from "../crypto/identity.ts";
import type { ProviderReport } from "../stateless/provider-pool.ts";
import type { VerifiedHeaders } from "../stateless/verified-headers.ts";
import type { Environment } from "../storage/environment/environment.ts";
import type { Waiting, Warning } from "../telemetry/waiting.ts";
import {
  Status as ConsensusStatus,
  FEATURE_SERVICES,
  LightClientStatus,
  STATUS_READY,
  STATUS_SYNCING,
} from "../types/api-consensus.ts";
import { Status } from "../types/api-control.ts";
import { ROOT_STATE } from "../types/storage.ts";
import { CONSENSUS_PROTOCOL } from "../types/versions.ts";
import type { NodeOptions } from "./node-options.ts";
import { statusHead } from "./status-head.ts";
import { storageStatus } from "./storage-status.ts";

export interface StatelessFigures {
  readonly options: NodeOptions;
  readonly identity: NodeIdentity;
  readonly chainContext: string;
  readonly genesisHeight: bigint;
  readonly headers: VerifiedHeaders;
  readonly providers: readonly ProviderReport[];
  /** Epoch at the newest block as far as it is known. */
  readonly epoch: bigint;
  /** Size of the newest block; 0: not known. */
  readonly blockSize: bigint;
  readonly stateBytes: number;
  readonly environment: Environment;
  readonly isSynced: boolean;
  readonly waiting: readonly Waiting[];
  readonly warnings: readonly Warning[];
}

/** Status of a node that keeps no consensus state. */
export function statelessNodeStatus(figures: StatelessFigures): Status {
  const { options, identity, environment } = figures;
  return {
    ...Status.zero(),
    ...statusHead(options, identity, figures.chainContext),
    consensus: statelessConsensusStatus(figures),
    light_client: lightClientStatus(figures.headers),
    stateless: {
      providers: figures.providers.map(({ name, height, answer, atMs, score, wrongAnswers, wrong }) => ({
        ...{ address: name, height, answer, since: seconds(atMs), score: BigInt(score) },
        ...{ wrong_answers: BigInt(wrongAnswers), wrong },
      })),
      state_bytes: BigInt(figures.stateBytes),
    },
    storage: storageStatus(environment, options.dataDir),
    waiting: figures.waiting.map(({ for: what, cause, sinceMs, remedy }) => ({
      ...{ subject: "consensus", for: cause === null ? what : `${what}: ${cause}` },
      ...{ since: seconds(sinceMs), remedy },
    })),
    warnings: figures.warnings.map(({ text, sinceMs, remedy }) => ({
      ...{ subject: "consensus", text, since: seconds(sinceMs), remedy },
    })),
  };
}

/** As the official stateless node has it: neither the first block nor a state is here. */
export function statelessConsensusStatus(
  figures: Pick<
    StatelessFigures,
    "chainContext" | "genesisHeight" | "headers" | "epoch" | "blockSize" | "isSynced"
  >,
): ConsensusStatus {
  const { latest } = figures.headers;
  return {
    ...ConsensusStatus.zero(),
    status: figures.isSynced ? STATUS_READY : STATUS_SYNCING,
    version: CONSENSUS_PROTOCOL,
    backend: "tendermint",
    features: FEATURE_SERVICES,
    chain_context: figures.chainContext,
    genesis_height: figures.genesisHeight,
    genesis_hash: ZERO_HASH,
    last_retained_hash: ZERO_HASH,
    latest_epoch: figures.epoch,
    p2p: { pub_key: new Uint8Array(32), peer_id: "", addresses: null, peers: null },
    ...(latest !== null && {
      latest_height: latest.header.height,
      latest_hash: headerHash(latest.header),
      latest_time: splitTime(latest.header.time).seconds,
      latest_state_root: {
        ns: new Uint8Array(32),
        version: latest.header.height - 1n,
        root_type: ROOT_STATE,
        hash: latest.header.app_hash.length === 0 ? EMPTY_HASH : latest.header.app_hash,
      },
      latest_block_size: figures.blockSize,
    }),
  };
}

function lightClientStatus({ latest, oldest }: VerifiedHeaders): LightClientStatus {
  if (latest === null || oldest === null) return LightClientStatus.zero();
  return {
    latest_height: latest.header.height,
    latest_hash: headerHash(latest.header),
    latest_time: timeOf(latest),
    oldest_height: oldest.header.height,
    oldest_hash: headerHash(oldest.header),
    oldest_time: timeOf(oldest),
    peer_ids: null,
  };
}

function timeOf({ header }: LightBlock): bigint {
  return splitTime(header.time).seconds;
}

/** Unix seconds for the API; null (Go's zero time) for never. */
function seconds(unixMs: number): bigint | null {
  return unixMs === 0 ? null : BigInt(Math.floor(unixMs / 1000));
}
