import type { NetworkReport } from "../p2p/comet/network-report.ts";
import { ConsensusPeersStatus, SyncStatus } from "../types/api-control.ts";
import type { ConsensusPeers } from "./consensus-peers.ts";

/** Connected peers as the official status has them, `id@ip:port`. */
export function peerTexts({ peers }: NetworkReport): string[] {
  return peers.map(({ id, address }) => `${id}@${address}`);
}

/** The connections of the consensus layer, and what became of those that are none. */
export function consensusPeersStatus(report: NetworkReport): ConsensusPeersStatus {
  return {
    ...ConsensusPeersStatus.zero(),
    listening: report.listening ?? "",
    known_addresses: BigInt(report.knownAddresses),
    connected: report.peers.map((peer) => ({
      id: peer.id,
      address: peer.address,
      moniker: peer.moniker,
      direction: peer.direction,
      persistent: peer.isPersistent,
      since: seconds(peer.connectedAtMs),
      sent_bytes: BigInt(peer.sentBytes),
      received_bytes: BigInt(peer.receivedBytes),
      score: BigInt(peer.score),
    })),
    dialed: report.dialed.map(({ address, attempts, lastAttemptMs, answer }) => ({
      ...{ address, answer, attempts: BigInt(attempts), last_attempt: seconds(lastAttemptMs) },
    })),
    banned: report.banned.map(({ name, reason, untilMs }) => ({ name, reason, until: seconds(untilMs) })),
  };
}

/** How far the node is on its way to the head of the chain; null once it is there. */
export function syncStatus({ phase, progress }: ConsensusPeers): SyncStatus | null {
  if (phase !== "blocks" && phase !== "checkpoint") return null;
  return {
    ...SyncStatus.zero(),
    phase,
    ...(progress !== null && {
      height: progress.height,
      target: progress.target,
      blocks_per_second: progress.blocksPerSecond,
      seconds_left: progress.secondsLeft === null ? null : BigInt(progress.secondsLeft),
    }),
  };
}

function seconds(unixMs: number): bigint {
  return BigInt(Math.floor(unixMs / 1000));
}
