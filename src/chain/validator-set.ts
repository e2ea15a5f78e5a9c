import { compare, toHex } from "../codec/bytes.ts";
import { invalid } from "./errors.ts";
import { INT64_MAX } from "./int64.ts";
import { merkleRoot } from "./merkle.ts";

import { type Validator, validatorLeaf } from "./validator.ts";

/** Largest total voting power that the priority arithmetic of int64 carries (cometbft.md 4.4). */
export const MAX_TOTAL_VOTING_POWER = INT64_MAX / 8n;

/**
 * The validators of one height, in the network's order: power descending, then address ascending.
 *
 * Immutable: the priority algorithm and updates return new sets.
 */
export class ValidatorSet {
  static readonly empty = new ValidatorSet([], null);

  readonly validators: readonly Validator[];
  /** Winner of the last priority increment; null in an empty set or before the first increment. */
  readonly proposer: Validator | null;
  readonly totalVotingPower: bigint;
  #hash: Uint8Array | undefined;
  #indexes: Map<string, number> | undefined;

  /**
   * @param validators in set order, addresses unique in every set that the chain computes
   * @throws ChainError when the total power is above `MAX_TOTAL_VOTING_POWER`
   */
  constructor(validators: readonly Validator[], proposer: Validator | null) {
    let total = 0n;
    for (const validator of validators) total += validator.voting_power;
    if (total > MAX_TOTAL_VOTING_POWER) throw invalid("total voting power is too large", { total });
    this.validators = validators;
    this.proposer = proposer;
    this.totalVotingPower = total;
  }

  /** The same members with other priorities; what depends on the members alone is not computed again. */
  withPriorities(validators: readonly Validator[], proposer: Validator): ValidatorSet {
    const set = new ValidatorSet(validators, proposer);
    set.#hash = this.#hash;
    set.#indexes = this.#indexes;
    return set;
  }

  get size(): number {
    return this.validators.length;
  }

  /** Merkle root over key and power in set order: the `validators_hash` of headers. */
  get hash(): Uint8Array {
    this.#hash ??= merkleRoot(this.validators.map(validatorLeaf));
    return this.#hash;
  }

  /** Index of the (first) validator with that address, or -1. */
  indexOf(address: Uint8Array): number {
    this.#indexes ??= indexByAddress(this.validators);
    return this.#indexes.get(toHex(address)) ?? -1;
  }

  /** The validator with that address, or null. */
  get(address: Uint8Array): Validator | null {
    return this.validators[this.indexOf(address)] ?? null;
  }
}

/** Set order: power descending, then address ascending. */
export function compareValidators(a: Validator, b: Validator): number {
  if (a.voting_power !== b.voting_power) return a.voting_power > b.voting_power ? -1 : 1;
  return compare(a.address, b.address);
}

function indexByAddress(validators: readonly Validator[]): Map<string, number> {
  const indexes = new Map<string, number>();
  for (const [index, { address }] of validators.entries()) {
    const key = toHex(address);
    if (!indexes.has(key)) indexes.set(key, index);
  }
  return indexes;
}
