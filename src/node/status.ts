import { blockTime } from "../api/consensus-block.ts";
import { toHex } from "../codec/bytes.ts";
import type { NodeIdentity } from "../crypto/identity.ts";
import { type PeerId, peerIdBytes, peerIdOf } from "../p2p/libp2p/peer-id.ts";
import { hostWarning } from "../runtime/describe-status.ts";
import type { RecurringWork } from "../storage/background/recurring-work.ts";
import type { Environment } from "../storage/environment/environment.ts";
import type { Waiting, Warning } from "../telemetry/waiting.ts";
import { LightClientStatus } from "../types/api-consensus.ts";
import {
  type Waiting as ApiWaiting,
  type Warning as ApiWarning,
  P2PStatus,
  Status,
} from "../types/api-control.ts";
import type { RegistrationWorker } from "../workers/registration/registration.ts";
import type { RuntimeWorker } from "../workers/runtime-worker.ts";
import type { UpgradeManager } from "../workers/upgrades/upgrade-manager.ts";
import type { CommitteePeers } from "./committee-peers.ts";
import type { NodeConsensus } from "./consensus-backend.ts";
import type { ConsensusPeers } from "./consensus-peers.ts";
import type { NodeOptions } from "./node-options.ts";
import { consensusPeersStatus, syncStatus } from "./peers-status.ts";
import type { Readiness } from "./readiness.ts";
import { ownRootWarning } from "./root-warning.ts";
import { runtimeStatuses } from "./runtime-status.ts";
import { signingStatus } from "./signing-status.ts";
import { statusHead } from "./status-head.ts";
import { storageStatus, storageWarnings } from "./storage-status.ts";

export interface StatusDeps {
  options: NodeOptions;
  identity: NodeIdentity;
  consensus: NodeConsensus;
  registration: RegistrationWorker;
  upgrades: UpgradeManager;
  workers: readonly RuntimeWorker[];
  environment: Environment;
  /** What the node does beside everything else. */
  background: readonly RecurringWork[];
  readiness: Readiness;
  peers: ConsensusPeers;
  /** Null: the node takes no part in the network of ParaTime nodes. */
  committeePeers: CommitteePeers | null;
}

/** Peers that could not be reached of which the status tells, latest last. */
const MAX_UNREACHABLE = 20;

/** The node's status: the official fields, and for every part that waits what for, since when, and the remedy. */
export function nodeStatus(deps: StatusDeps): Status {
  const { options, identity, registration } = deps;
  const { history } = registration;
  const consensus = deps.consensus.status();
  return {
    ...Status.zero(),
    ...statusHead(options, identity, consensus.chain_context),
    consensus,
    light_client: lightClientStatus(deps.consensus, deps.committeePeers?.lightPeers ?? []),
    runtimes: runtimeStatuses(deps),
    registration: {
      last_attempt_successful: history.lastAttemptSuccessful,
      last_attempt_error_message: history.lastAttemptError ?? "",
      last_attempt: seconds(history.lastAttemptMs),
      last_registration: seconds(history.lastRegistrationMs),
      descriptor: history.descriptor,
      node_status: registration.nodeStatus(),
    },
    pending_upgrades: deps.upgrades.pending,
    p2p: p2pStatus(deps),
    sync: syncStatus(deps.peers),
    consensus_peers: consensusPeersStatus(deps.peers.report()),
    signing: signingStatus(deps.consensus.signatures()),
    waiting: waitingList(deps.readiness),
    storage: storageStatus(deps.environment, options.dataDir),
    warnings: [...rootWarnings(options), ...warningList(deps)],
  };
}

/** Light blocks that the node can give: those of its block store. */
function lightClientStatus(
  consensus: NodeConsensus,
  lightPeers: readonly PeerId[],
): LightClientStatus | null {
  const latest = consensus.blockAt(consensus.latestHeight());
  const oldest = consensus.blockAt(consensus.lastRetainedHeight());
  if (latest === null || oldest === null) return LightClientStatus.zero();
  return {
    latest_height: latest.block.header.height,
    latest_hash: latest.hash,
    latest_time: blockTime(latest),
    oldest_height: oldest.block.header.height,
    oldest_hash: oldest.hash,
    oldest_time: blockTime(oldest),
    peer_ids: [...lightPeers],
  };
}

/** The node on the network of ParaTime nodes: what it registers, and its connections where it has any. */
function p2pStatus({ options, identity, committeePeers }: StatusDeps): P2PStatus {
  const report = committeePeers?.network.report() ?? null;
  return {
    ...P2PStatus.zero(),
    pub_key: identity.p2p.publicKey,
    peer_id: peerIdBytes(peerIdOf(identity.p2p.publicKey)),
    addresses: [...options.p2pAddresses],
    num_peers: BigInt(report?.peers ?? 0),
    num_connections: BigInt(report?.connections ?? 0),
    protocols: counts(report?.protocols),
    topics: counts(report?.topics),
    unreachable: (report?.failures ?? [])
      .slice(-MAX_UNREACHABLE)
      .map(({ peer, addresses, reason, atMs }) => ({
        ...{ peer_id: peerIdBytes(peer), addresses: [...addresses], answer: reason },
        last_attempt: seconds(atMs),
      })),
  };
}

function counts(peers: ReadonlyMap<string, number> = new Map()): Map<string, bigint> {
  return new Map([...peers].map(([name, count]) => [name, BigInt(count)]));
}

/** Everything that the node waits for, as the API tells it. */
export function waitingList(readiness: Readiness): ApiWaiting[] {
  return readiness.waiting().map(({ subject, waiting }) => {
    return apiWaiting(typeof subject === "string" ? subject : subjectOf(subject), waiting);
  });
}

/** What works and is not as it should be. */
export function warningList({
  workers,
  background,
  peers,
  committeePeers,
}: Pick<StatusDeps, "workers" | "background" | "peers" | "committeePeers">): ApiWarning[] {
  const consensus = peers.warnings().map((warning) => apiWarning("consensus", warning));
  const p2p = committeePeers?.warnings() ?? [];
  return [
    ...consensus,
    ...p2p.map((warning) => apiWarning("p2p", warning)),
    ...workerWarnings(workers),
    ...storageWarnings(background).map((warning) => apiWarning("storage", warning)),
  ];
}

/** What is not as it should be with the ParaTimes. */
export function workerWarnings(workers: readonly RuntimeWorker[]): ApiWarning[] {
  return workers.flatMap((worker) => {
    const warning = hostWarning(worker.host.status());
    return warning === null ? [] : [apiWarning(subjectOf(worker), warning)];
  });
}

/** What is to be said of running as root. */
export function rootWarnings({ debug }: Pick<NodeOptions, "debug">): ApiWarning[] {
  const warning = ownRootWarning(debug);
  return warning === null ? [] : [apiWarning("node", warning)];
}

function apiWarning(subject: string, { text, sinceMs, remedy }: Warning): ApiWarning {
  return { subject, text, since: seconds(sinceMs), remedy };
}

function subjectOf({ runtimeId }: RuntimeWorker): string {
  return `runtime ${toHex(runtimeId)}`;
}

function apiWaiting(subject: string, { for: what, cause, sinceMs, remedy }: Waiting): ApiWaiting {
  return { subject, for: cause === null ? what : `${what}: ${cause}`, since: seconds(sinceMs), remedy };
}

/** Unix seconds for the API; null (Go's zero time) for never. */
function seconds(unixMs: number): bigint | null {
  return unixMs === 0 ? null : BigInt(Math.floor(unixMs / 1000));
}
