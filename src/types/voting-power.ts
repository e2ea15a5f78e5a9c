import { VOTING_POWER_LINEAR, VOTING_POWER_SQRT } from "./scheduler.ts";

const BASE_UNITS_PER_VOTING_POWER = 16n;
const MAX_INT64 = (1n << 63n) - 1n;

/**
 * Voting power that an entity's active escrow gives each of its validators; never 0, which would remove a validator.
 *
 * facts/consensus-b.md 3.2; oasis-core v26.1 go/scheduler/api/api.go.
 * @throws RangeError when it does not fit 63 bits
 */
export function votingPower(stake: bigint, distribution: number): bigint {
  const base = distribution === VOTING_POWER_LINEAR ? stake / BASE_UNITS_PER_VOTING_POWER : stake;
  if (base === 0n) return 1n;
  const power = distribution === VOTING_POWER_SQRT ? squareRoot(base) : base;
  if (power > MAX_INT64) throw new RangeError(`${stake} is too much stake to convert to voting power`);
  return power;
}

/** Integer square root, rounded down. */
export function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  // Newton's method from above.
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
