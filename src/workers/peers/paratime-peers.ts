import { toHex } from "../../codec/bytes.ts";
import type { Hash, Namespace, PublicKey } from "../../codec/common-types.ts";
import { bytes } from "../../codec/schema.ts";
import type { CommitteeNetwork, ProtocolClient } from "../../p2p/libp2p/committee-network.ts";
import type { Topic } from "../../p2p/libp2p/gossip/topic.ts";
import { peerIdOf } from "../../p2p/libp2p/peer-id.ts";
import { topicId } from "../../p2p/libp2p/protocol-names.ts";
import type { Proposal } from "../../types/roothash-commitment.ts";
import type { Root } from "../../types/storage.ts";
import type { StateSync } from "../state-sync.ts";
import { CommitteeMessage } from "./committee-message.ts";
import { type FetchedDiff, fetchDiff } from "./fetch-diff.ts";
import { fetchTxs } from "./fetch-txs.ts";
import {
  STORAGE_SYNC_PEERS,
  type StorageSource,
  storagePublicService,
  storageSyncIds,
  storageSyncServices,
} from "./storage-sync-protocols.ts";
import { TX_SYNC_PEERS, txSyncProtocolId, txSyncService } from "./tx-sync-protocol.ts";

export interface ParaTimePeersOptions {
  readonly runtimeId: Namespace;
  readonly chainContext: string;
  /** Whether the node may be in the committee, whose messages it then gets. */
  readonly compute: boolean;
  /** Whether the node has checkpoints to give. */
  readonly hasCheckpoints: boolean;
  /** Whether everybody may read the ParaTime's state here. */
  readonly isPublic: boolean;
}

/** What peers ask of this node, and tell it. */
export interface ParaTimePeerHandlers {
  findTx(hash: Hash): Uint8Array | null;
  readonly storage: StorageSource;
  readonly sync: StateSync;
  /** Takes a published transaction. @throws MessageFault when others shall not get it from us */
  receiveTx(tx: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Takes what a member published. @throws MessageFault */
  receiveCommitteeMessage(message: CommitteeMessage, publisher: PublicKey): void;
}

/** One ParaTime among its peers: its topics, what it serves and whom it asks. To be made before the network starts. */
export class ParaTimePeers {
  readonly #network: CommitteeNetwork;
  readonly #importance: string;
  readonly #txs: Topic<Uint8Array | null>;
  readonly #committee: Topic<CommitteeMessage> | null;
  readonly #txSync: ProtocolClient;
  readonly diffs: ProtocolClient;
  readonly legacy: ProtocolClient;
  readonly checkpoints: ProtocolClient;

  constructor(network: CommitteeNetwork, options: ParaTimePeersOptions, handlers: ParaTimePeerHandlers) {
    const { runtimeId, chainContext, compute, hasCheckpoints, isPublic } = options;
    this.#network = network;
    this.#importance = `compute/${toHex(runtimeId)}`;
    const txSync = txSyncProtocolId(chainContext, runtimeId);
    const ids = storageSyncIds(chainContext, runtimeId);
    network.serve(txSyncService(txSync, (hash) => handlers.findTx(hash)));
    for (const service of storageSyncServices(ids, handlers.storage, hasCheckpoints)) network.serve(service);
    if (isPublic) network.serve(storagePublicService(chainContext, runtimeId, handlers.sync));
    this.#txSync = network.use(txSync, TX_SYNC_PEERS);
    this.diffs = network.use(ids.diffs, STORAGE_SYNC_PEERS);
    this.checkpoints = network.use(ids.checkpoints, STORAGE_SYNC_PEERS);
    this.legacy = network.use(ids.legacy, STORAGE_SYNC_PEERS);
    this.#txs = network.topic(topicId(chainContext, "tx", runtimeId), {
      codec: bytes,
      handle: (tx, _, signal) => handlers.receiveTx(tx ?? new Uint8Array(), signal),
    });
    this.#committee = compute
      ? network.topic(topicId(chainContext, "committee", runtimeId), {
          codec: CommitteeMessage,
          handle: async (message, publisher) => handlers.receiveCommitteeMessage(message, publisher),
        })
      : null;
  }

  /** Peers that take the ParaTime's transactions. */
  get peerCount(): number {
    return this.#txs.peerCount;
  }

  publishTx(tx: Uint8Array): Promise<void> {
    return this.#txs.publish(tx);
  }

  async publishProposal(epoch: bigint, proposal: Proposal): Promise<void> {
    await this.#committee?.publish({ epoch, Proposal: proposal });
  }

  /** Transactions that peers have of those, as many as they gave. @throws the signal's reason */
  fetchTxs(hashes: readonly Hash[], signal: AbortSignal): Promise<Uint8Array[]> {
    return fetchTxs(this.#txSync, hashes, signal);
  }

  /** The changes between two roots. @throws what the last peer's failure was; the signal's reason */
  fetchDiff(start: Root, end: Root, signal: AbortSignal): Promise<FetchedDiff> {
    return fetchDiff(this, start, end, signal);
  }

  /** The members of the committee stay connected sooner than others. */
  setMembers(p2pKeys: readonly PublicKey[]): void {
    this.#network.setImportant(this.#importance, p2pKeys.map(peerIdOf));
  }
}
