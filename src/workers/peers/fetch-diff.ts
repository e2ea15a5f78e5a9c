import type { ProtocolClient } from "../../p2p/libp2p/committee-network.ts";
import type { PeerFeedback } from "../../p2p/libp2p/rpc/rpc-client.ts";
import type { Root, WriteLog } from "../../types/storage.ts";
import { getDiff } from "./storage-sync-protocols.ts";

/** A write log as a peer gave it: whether it leads where it should shows when it is applied. */
export interface FetchedDiff {
  readonly writeLog: WriteLog;
  readonly feedback: PeerFeedback;
}

export interface DiffClients {
  readonly diffs: Pick<ProtocolClient, "rpc" | "scores">;
  /** For peers that do not have the newer protocol. */
  readonly legacy: Pick<ProtocolClient, "rpc" | "scores">;
}

/**
 * Asks one peer after the other for the changes between two roots.
 * @throws the failure of the last one, QanatError `p2p/no-peers` when there is none; the signal's reason
 */
export async function fetchDiff(
  { diffs, legacy }: DiffClients,
  start: Root,
  end: Root,
  signal: AbortSignal,
): Promise<FetchedDiff> {
  const request = { start_root: start, end_root: end };
  const ask = async ({ rpc, scores }: DiffClients["diffs"]) => {
    const { value, feedback } = await rpc.call(scores.best(), getDiff, request, signal);
    return { writeLog: value.write_log, feedback };
  };
  try {
    return await ask(diffs);
  } catch (error) {
    signal.throwIfAborted();
    if (legacy.scores.size === 0) throw error;
    return await ask(legacy);
  }
}
