import { CodedError } from "../../codec/errors.ts";
import type { Channel } from "../../p2p/comet/channel.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { ChainEngine } from "../chain-engine.ts";
import type { ChainClock } from "../clock.ts";
import { ChainError, malformed } from "../errors.ts";
import { mempoolKey, type PendingTransaction } from "../mempool.ts";
import { bytes, decode, encode, message, oneof, repeatedScalar } from "../wire.ts";
import { atPeersFault, type GossipPeer } from "./gossip-peer.ts";

/** Channel of transactions (cometbft.md 2.3). */
export const MEMPOOL_CHANNEL = 0x30;

const RECEIVE_CAP = 1_048_584;

/** Transactions that go together, in bytes; a larger one goes alone. */
const BATCH_BYTES = 65_536;

/** Transactions of which we remember, per peer, that it has them. */
const MAX_REMEMBERED = 10_000;

/**
 * Transactions of one message that are looked at. The official node sends one, we send at most a batch of small ones; a
 * message of empty ones would keep us busy for seconds.
 */
const MAX_TXS_PER_MESSAGE = 1000;

/** How long to wait for a peer that is behind, or has no room. */
const RETRY_MS = 100;

/** `tendermint.mempool.Message`. */
const MempoolMessage = oneof("tendermint.mempool.Message", {
  txs: [1, message("tendermint.mempool.Txs", { txs: repeatedScalar(1, bytes) })],
});

export interface MempoolReactorDeps {
  engine: Pick<
    ChainEngine,
    "latestHeight" | "onTransaction" | "pendingTransactions" | "pendingTransaction" | "receiveTransaction"
  >;
  clock: ChainClock;
  /** Height that a peer is at; 0 when it has not said. */
  peerHeight(id: string): bigint;
}

interface Known {
  readonly peer: GossipPeer;
  /** Hashes of what is to be sent, oldest first; what has left the mempool is passed over. */
  readonly queue: string[];
  /** Hashes of what the peer has, oldest first. */
  readonly has: Set<string>;
  isSending: boolean;
  retry: Disposer | null;
}

/** Passes on the transactions of the mempool to peers that have not sent them to us (cometbft.md 3.3). */
export class MempoolReactor {
  readonly #deps: MempoolReactorDeps;
  readonly #peers = new Map<string, Known>();
  #listening: Disposer | null = null;

  constructor(deps: MempoolReactorDeps) {
    this.#deps = deps;
  }

  /** The channel of transactions; to be registered before the network starts. */
  get channel(): Channel {
    return {
      ...{ id: MEMPOOL_CHANNEL, priority: 5, sendQueue: 1, receiveCap: RECEIVE_CAP },
      onMessage: (peer, message) => this.receive(peer, message),
      onPeer: (peer) => this.addPeer(peer),
      onPeerGone: ({ id }) => this.removePeer(id),
    };
  }

  /** Takes part from now on; the engine must run. Before, transactions of peers are not looked at. */
  start(): void {
    this.#listening = this.#deps.engine.onTransaction((tx) => this.#offer(mempoolKey(tx)));
    for (const known of this.#peers.values()) this.#offerAll(known);
  }

  stop(): void {
    this.#listening?.();
    this.#listening = null;
    for (const known of this.#peers.values()) known.retry?.();
  }

  addPeer(peer: GossipPeer): void {
    const known: Known = { peer, queue: [], has: new Set(), isSending: false, retry: null };
    this.#peers.set(peer.id, known);
    if (this.#listening !== null) this.#offerAll(known);
  }

  removePeer(id: string): void {
    this.#peers.get(id)?.retry?.();
    this.#peers.delete(id);
  }

  /**
   * Takes a message of a peer. Transactions that are no good are nobody's fault: they may have been good before.
   * @throws PeerFault when it is no message of this channel
   */
  receive(peer: GossipPeer, encoded: Uint8Array): void {
    const known = this.#peers.get(peer.id);
    const received = atPeersFault(() => {
      const decoded = decode(MempoolMessage, encoded);
      if (decoded === null) throw malformed("unknown mempool message");
      return decoded;
    });
    if (known === undefined || this.#listening === null) return;
    for (const tx of received.value.txs.slice(0, MAX_TXS_PER_MESSAGE)) {
      // The message's bytes would otherwise be kept as long as the transaction.
      const own = tx.slice();
      remember(known, mempoolKey(own));
      this.#take(own);
    }
  }

  #take(tx: Uint8Array): void {
    try {
      this.#deps.engine.receiveTransaction(tx);
    } catch (error) {
      if (!(error instanceof CodedError || error instanceof ChainError)) throw error;
    }
  }

  #offer(hash: string): void {
    for (const known of this.#peers.values()) {
      if (known.has.has(hash)) continue;
      known.queue.push(hash);
      if (known.queue.length > MAX_REMEMBERED) this.#tidy(known);
      this.#give(known);
    }
  }

  /** Leaves as many hashes in the queue as the mempool has transactions, at most. */
  #tidy({ queue }: Known): void {
    const waiting = queue.filter((hash) => this.#deps.engine.pendingTransaction(hash) !== null);
    queue.splice(0, queue.length, ...waiting);
  }

  #offerAll(known: Known): void {
    for (const { hash } of this.#deps.engine.pendingTransactions()) known.queue.push(hash);
    this.#give(known);
  }

  #give(known: Known): void {
    if (known.isSending || known.retry !== null || known.queue.length === 0 || this.#listening === null)
      return;
    // A peer that is more than a block behind would judge by an old state.
    if (this.#deps.peerHeight(known.peer.id) < this.#deps.engine.latestHeight) {
      this.#giveLater(known);
      return;
    }
    const batch = this.#nextBatch(known);
    if (batch.length > 0) void this.#send(known, batch);
  }

  async #send(known: Known, batch: readonly PendingTransaction[]): Promise<void> {
    known.isSending = true;
    const txs = batch.map(({ tx }) => tx);
    const isSent = await known.peer.send(
      MEMPOOL_CHANNEL,
      encode(MempoolMessage, { type: "txs", value: { txs } }),
    );
    known.isSending = false;
    if (this.#peers.get(known.peer.id) !== known) return;
    if (isSent) {
      for (const { hash } of batch) remember(known, hash);
      this.#give(known);
    } else {
      known.queue.unshift(...batch.map(({ hash }) => hash));
      this.#giveLater(known);
    }
  }

  #giveLater(known: Known): void {
    if (this.#listening === null) return;
    known.retry = this.#deps.clock.schedule(() => {
      known.retry = null;
      this.#give(known);
    }, RETRY_MS);
  }

  #nextBatch({ queue, has }: Known): PendingTransaction[] {
    const batch: PendingTransaction[] = [];
    let size = 0;
    let taken = 0;
    for (const hash of queue) {
      const pending = has.has(hash) ? null : this.#deps.engine.pendingTransaction(hash);
      if (pending !== null) {
        if (batch.length > 0 && size + pending.tx.length > BATCH_BYTES) break;
        if (batch.length === MAX_TXS_PER_MESSAGE) break;
        batch.push(pending);
        size += pending.tx.length;
      }
      taken += 1;
    }
    queue.splice(0, taken);
    return batch;
  }
}

function remember({ has }: Known, hash: string): void {
  has.add(hash);
  if (has.size > MAX_REMEMBERED) has.delete(has.values().next().value!);
}
