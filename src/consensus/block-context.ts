import type { LastCommitInfo, Misbehavior } from "../chain/application.ts";
import type { Transaction } from "../types/consensus.ts";
import { type GasAccountant, noGas } from "./gas.ts";

/** A typed slot of {@link BlockContext}; `initial` makes the value on first use in a block. */
export interface BlockSlot<T> {
  readonly name: string;
  readonly initial: () => T;
}

export interface BlockFacts {
  /** Block time in Unix nanoseconds. */
  readonly timeNs: bigint;
  /** 20 bytes, the start of SHA-256 of the proposer's consensus key; empty in InitChain. */
  readonly proposerAddress: Uint8Array;
  readonly lastCommit: LastCommitInfo;
  readonly misbehavior: readonly Misbehavior[];
}

/**
 * What lives for one block: its facts, the block gas meter, collected system transactions and provable events, and
 * intermediate results of services in typed slots.
 */
export class BlockContext {
  readonly facts: BlockFacts;
  readonly gas: GasAccountant;
  readonly systemTransactions: Transaction[] = [];
  /** CBOR of the provable events so far, in order of emission. */
  readonly provableEvents: Uint8Array[] = [];
  readonly #slots = new Map<BlockSlot<unknown>, unknown>();

  constructor(facts: BlockFacts, gas: GasAccountant = noGas) {
    this.facts = facts;
    this.gas = gas;
  }

  get<T>(slot: BlockSlot<T>): T {
    let value = this.#slots.get(slot as BlockSlot<unknown>) as T | undefined;
    if (value === undefined) {
      value = slot.initial();
      this.#slots.set(slot as BlockSlot<unknown>, value);
    }
    return value;
  }

  set<T>(slot: BlockSlot<T>, value: T): void {
    this.#slots.set(slot as BlockSlot<unknown>, value);
  }
}
