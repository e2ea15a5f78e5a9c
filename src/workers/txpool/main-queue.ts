import TinyQueue from "tinyqueue";

/** A checked transaction with what the ParaTime said about its order. */
export interface QueuedTx {
  /** SHA-512/256 of the raw transaction, lowercase hex. */
  hash: string;
  raw: Uint8Array;
  /** Identifies the sender within the ParaTime, as hex of the ParaTime's own bytes. */
  sender: string;
  senderSeq: bigint;
  priority: bigint;
}

/** Why a queue refused a transaction; the text is what the official node answers. */
export type QueueRefusal =
  | "transaction expired"
  | "replacement transaction underpriced"
  | "transaction underpriced";

interface Sender {
  /** Sequence number that the sender's next executed transaction must have. */
  stateSeq: bigint;
  bySeq: Map<bigint, QueuedTx>;
}

/**
 * The queue of transactions that wait to be scheduled (facts/runtime.md section 5).
 *
 * A sender's transactions run in the order of their sequence numbers without gaps; among the first of every
 * sender the highest priority goes first.
 */
export class MainQueue {
  readonly #capacity: number;
  readonly #senders = new Map<string, Sender>();
  readonly #byHash = new Map<string, QueuedTx>();
  /** Lowest priority first. Entries of removed transactions stay until they surface. */
  #cheapest = new TinyQueue<QueuedTx>([], (a, b) => compare(a.priority, b.priority));
  /** Highest priority first: the next transaction of every sender in the schedule being made. */
  #schedule = new TinyQueue<QueuedTx>([], byPriority);

  constructor(options: { capacity: number }) {
    this.#capacity = options.capacity;
  }

  get size(): number {
    return this.#byHash.size;
  }

  get(hash: string): QueuedTx | undefined {
    return this.#byHash.get(hash);
  }

  all(): QueuedTx[] {
    return [...this.#byHash.values()];
  }

  /**
   * Adds a transaction whose sender's state stands at `stateSeq`.
   * @returns what else left the queue to make room, and why the transaction was refused, if it was.
   */
  add(tx: QueuedTx, stateSeq: bigint): { refused: QueueRefusal | null; dropped: QueuedTx[] } {
    const dropped = this.#forward(tx.sender, stateSeq);
    const sender = this.#senders.get(tx.sender) ?? { stateSeq, bySeq: new Map<bigint, QueuedTx>() };
    if (tx.senderSeq < sender.stateSeq) return { refused: "transaction expired", dropped };
    const old = sender.bySeq.get(tx.senderSeq);
    if (old !== undefined) {
      if (old.priority >= tx.priority) return { refused: "replacement transaction underpriced", dropped };
      this.#remove(old);
      dropped.push(old);
    }
    sender.bySeq.set(tx.senderSeq, tx);
    this.#senders.set(tx.sender, sender);
    this.#byHash.set(tx.hash, tx);
    this.#cheapest.push(tx);
    if (this.#byHash.size > this.#capacity) {
      const evicted = this.#takeCheapest();
      if (evicted === tx) return { refused: "transaction underpriced", dropped };
      dropped.push(evicted);
    }
    return { refused: null, dropped };
  }

  /**
   * Starts a new schedule and takes its first transactions; they stay in the queue until used or removed.
   * @param maxBytes most bytes of them together
   */
  schedule(limit: number, maxBytes = Number.POSITIVE_INFINITY): QueuedTx[] {
    const first: QueuedTx[] = [];
    for (const sender of this.#senders.values()) {
      const tx = sender.bySeq.get(sender.stateSeq);
      if (tx !== undefined) first.push(tx);
    }
    this.#schedule = new TinyQueue(first, byPriority);
    return this.scheduleExtra(limit, maxBytes);
  }

  /** Goes on with the schedule that `schedule` began. */
  scheduleExtra(limit: number, maxBytes = Number.POSITIVE_INFINITY): QueuedTx[] {
    const taken: QueuedTx[] = [];
    let bytes = 0;
    while (taken.length < limit) {
      const tx = this.#schedule.pop();
      if (tx === undefined) break;
      if (this.#byHash.get(tx.hash) !== tx) continue;
      bytes += tx.raw.length;
      if (bytes > maxBytes) {
        this.#schedule.push(tx);
        break;
      }
      taken.push(tx);
      const following = this.#senders.get(tx.sender)?.bySeq.get(tx.senderSeq + 1n);
      if (following !== undefined) this.#schedule.push(following);
    }
    return taken;
  }

  /** Ends the schedule: `scheduleExtra` has nothing more. */
  endSchedule(): void {
    this.#schedule = new TinyQueue<QueuedTx>([], byPriority);
  }

  /** A transaction was executed: it and its sender's earlier ones leave. */
  used(hash: string): QueuedTx[] {
    const tx = this.#byHash.get(hash);
    return tx === undefined ? [] : this.#forward(tx.sender, tx.senderSeq + 1n);
  }

  remove(hash: string): QueuedTx | undefined {
    const tx = this.#byHash.get(hash);
    if (tx !== undefined) this.#remove(tx);
    return tx;
  }

  /** Empties the queue for a recheck, in the order in which the transactions arrived. */
  drain(): QueuedTx[] {
    const all = this.all();
    this.#byHash.clear();
    this.#senders.clear();
    this.#cheapest = new TinyQueue<QueuedTx>([], (a, b) => compare(a.priority, b.priority));
    this.#schedule = new TinyQueue<QueuedTx>([], byPriority);
    return all;
  }

  /** Moves a sender's state forward, never back, and drops the transactions that this expires. */
  #forward(senderId: string, stateSeq: bigint): QueuedTx[] {
    const sender = this.#senders.get(senderId);
    if (sender === undefined || stateSeq <= sender.stateSeq) return [];
    sender.stateSeq = stateSeq;
    const expired = [...sender.bySeq.values()].filter((tx) => tx.senderSeq < stateSeq);
    for (const tx of expired) this.#remove(tx);
    return expired;
  }

  #takeCheapest(): QueuedTx {
    for (;;) {
      const tx = this.#cheapest.pop();
      if (tx === undefined) throw new Error("transaction queue lost track of its transactions");
      if (this.#byHash.get(tx.hash) !== tx) continue;
      this.#remove(tx);
      return tx;
    }
  }

  #remove(tx: QueuedTx): void {
    this.#byHash.delete(tx.hash);
    const sender = this.#senders.get(tx.sender);
    sender?.bySeq.delete(tx.senderSeq);
    if (sender !== undefined && sender.bySeq.size === 0) this.#senders.delete(tx.sender);
    // Removed entries surface only under pressure; without it the heap would grow with every transaction.
    if (this.#cheapest.length > 2 * this.#byHash.size + 64) {
      this.#cheapest = new TinyQueue(this.all(), (a, b) => compare(a.priority, b.priority));
    }
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byPriority(a: QueuedTx, b: QueuedTx): number {
  return compare(b.priority, a.priority);
}
