import type { PeerClock } from "../clock.ts";
import type { PeerFault } from "../errors.ts";

/** What an address answered when we dialed it. */
export interface DialRecord {
  /** `id@host:port`, as it was dialed. */
  readonly address: string;
  /** Attempts since it last worked. */
  readonly attempts: number;
  /** Unix milliseconds. */
  readonly lastAttemptMs: number;
  readonly answer: { readonly type: "connected" } | { readonly type: "failed"; readonly fault: PeerFault };
}

/** Addresses that are remembered, the last ones dialed. */
const MAX_RECORDS = 200;

/** What became of the addresses that were dialed, for an operator who wants to know why there are no peers. */
export class DialHistory {
  readonly #clock: PeerClock;
  /** In order of the last attempt. */
  readonly #records = new Map<string, DialRecord>();

  constructor(clock: PeerClock) {
    this.#clock = clock;
  }

  /** The last attempts, newest first. */
  records(): DialRecord[] {
    return [...this.#records.values()].reverse();
  }

  connected(address: string): void {
    this.#put({ address, attempts: 0, lastAttemptMs: this.#clock.now(), answer: { type: "connected" } });
  }

  failed(address: string, fault: PeerFault): void {
    const attempts = (this.#records.get(address)?.attempts ?? 0) + 1;
    this.#put({ address, attempts, lastAttemptMs: this.#clock.now(), answer: { type: "failed", fault } });
  }

  #put(record: DialRecord): void {
    this.#records.delete(record.address);
    this.#records.set(record.address, record);
    if (this.#records.size > MAX_RECORDS) this.#records.delete(this.#records.keys().next().value!);
  }
}
