import { type Hash, hash, type Namespace } from "../../codec/common-types.ts";
import { bytes, list, optional, struct } from "../../codec/schema.ts";
import { runtimeProtocolId } from "../../p2p/libp2p/protocol-names.ts";
import { rpcMethod, serve } from "../../p2p/libp2p/rpc/rpc-method.ts";
import type { RpcService } from "../../p2p/libp2p/rpc/rpc-server.ts";

/** Major version of the protocol (oasis-core v26.1 go/worker/common/p2p/txsync/protocol.go). */
const MAJOR = 2;

/** Peers of the registry, and peers altogether, that a node wants to be connected to for it. */
export const TX_SYNC_PEERS = { min: 20, total: 40 } as const;
/** Most transactions that one call asks for; what is asked beyond is not answered. */
export const MAX_ASKED_TXS = 128;
/** Answers together are no longer than this: the rest is asked for again, of whomever. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

const GetTxsRequest = struct("GetTxsRequest", { txs: list(hash) });
const GetTxsResponse = struct("GetTxsResponse", { txs: optional(list(bytes)) });

/** Transactions by their hashes: what a proposal names and a node does not have. */
export const getTxs = rpcMethod("GetTxs", GetTxsRequest, GetTxsResponse);

export function txSyncProtocolId(chainContext: string, runtimeId: Namespace): string {
  return runtimeProtocolId(chainContext, "txsync", runtimeId, MAJOR);
}

/** @param find a transaction of the pool; null when it is not there */
export function txSyncService(protocol: string, find: (hash: Hash) => Uint8Array | null): RpcService {
  return {
    protocol,
    methods: [
      serve(getTxs, ({ txs: hashes }) => {
        const txs: Uint8Array[] = [];
        let size = 0;
        for (const wanted of (hashes ?? []).slice(0, MAX_ASKED_TXS)) {
          const tx = find(wanted);
          if (tx === null) continue;
          size += tx.length;
          if (size > MAX_ANSWER_BYTES) break;
          txs.push(tx);
        }
        return { txs };
      }),
    ],
  };
}
