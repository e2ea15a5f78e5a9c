import type { Costs } from "../types/common.ts";
import { larger } from "./bigint.ts";
import { TxError } from "./errors.ts";

const MAX_GAS = (1n << 64n) - 1n;

/** Counts the gas of one transaction, of one block, or of both. Sources: consensus-a.md 0.2 and 1.7. */
export interface GasAccountant {
  /**
   * Charges `costs[op] * multiplier`; an operation without a cost is free.
   * @throws TxError (unknown/1) when the limit is passed or the counter would overflow; nothing is charged then.
   */
  use(multiplier: number | bigint, op: string, costs: Costs): void;
  readonly wanted: bigint;
  readonly used: bigint;
}

/** Counts up to a limit. */
export class LimitedGas implements GasAccountant {
  readonly wanted: bigint;
  #used = 0n;

  constructor(limit: bigint) {
    this.wanted = limit;
  }

  get used(): bigint {
    return this.#used;
  }

  use(multiplier: number | bigint, op: string, costs: Costs): void {
    const cost = costs?.get(op);
    if (cost === undefined) {
      return;
    }
    // The product wraps like the network's uint64 multiplication, only the sum is checked.
    const amount = (cost * BigInt(multiplier)) & MAX_GAS;
    const used = this.#used + amount;
    if (used > MAX_GAS) {
      throw new TxError("gas overflow");
    }
    if (used > this.wanted) {
      throw new TxError(`out of gas (limit: ${this.wanted} wanted: ${used})`);
    }
    this.#used = used;
  }
}

/** Counts nothing: hooks, runtime messages, and blocks without a gas limit. */
export const noGas: GasAccountant = Object.freeze({ wanted: 0n, used: 0n, use() {} });

/**
 * Charges several accountants in order; `wanted` is the first one's, `used` the largest.
 *
 * When a later one refuses, the earlier ones stay charged, as on the network.
 */
export class CompositeGas implements GasAccountant {
  readonly #parts: readonly GasAccountant[];

  constructor(...parts: GasAccountant[]) {
    this.#parts = parts;
  }

  get wanted(): bigint {
    return this.#parts[0]?.wanted ?? 0n;
  }

  get used(): bigint {
    return this.#parts.map((part) => part.used).reduce(larger, 0n);
  }

  use(multiplier: number | bigint, op: string, costs: Costs): void {
    for (const part of this.#parts) {
      part.use(multiplier, op, costs);
    }
  }
}
