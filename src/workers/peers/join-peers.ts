import { toHex } from "../../codec/bytes.ts";
import type { SignatureDomain } from "../../consensus/roothash/commitment.ts";
import type { CommitteeNetwork } from "../../p2p/libp2p/committee-network.ts";
import { checkpointErrors } from "../../types/errors.ts";
import type { CommitteeGroup } from "../executor/committee-group.ts";
import type { Executor } from "../executor/executor.ts";
import { receiveProposal } from "../executor/receive-proposal.ts";
import { stateSync } from "../state-sync.ts";
import type { RoundStore } from "../storage/round-store.ts";
import { receiveTx } from "../txpool/receive-tx.ts";
import type { TxPool } from "../txpool/tx-pool.ts";
import { ParaTimePeers } from "./paratime-peers.ts";
import type { StorageSource } from "./storage-sync-protocols.ts";

/** What of a ParaTime's worker peers get and tell. */
export interface SharedParts {
  readonly pool: TxPool;
  readonly store: RoundStore;
  /** Null where none are made. */
  readonly checkpoints: Pick<StorageSource, "checkpoints" | "chunk"> | null;
  /** Null where the node does not compute, or is not made yet. */
  executor(): Executor | null;
  /** The committee of now; null while it is not known. */
  group(): CommitteeGroup | null;
}

/** Puts a ParaTime's worker among its peers. Before the network starts. */
export function joinPeers(
  network: CommitteeNetwork,
  options: SignatureDomain & { readonly compute: boolean; readonly isPublic: boolean },
  { pool, store, checkpoints, executor, group }: SharedParts,
): ParaTimePeers {
  return new ParaTimePeers(
    network,
    { ...options, hasCheckpoints: checkpoints !== null },
    {
      findTx: (hash) => pool.find(toHex(hash)),
      storage: {
        diff: (start, end) => store.writeLog(start, end),
        checkpoints: () => checkpoints?.checkpoints() ?? [],
        chunk: (chunk) => checkpoints?.chunk(chunk) ?? Promise.reject(checkpointErrors.chunkNotFound()),
      },
      sync: stateSync((root) => store.open(root)),
      receiveTx: (tx, signal) => receiveTx(pool, tx, signal),
      receiveCommitteeMessage: (message, publisher) => {
        const member = executor();
        if (member === null) return;
        receiveProposal(message, publisher, group(), member.proposals, options);
        member.consider();
      },
    },
  );
}
