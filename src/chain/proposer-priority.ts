import { compare } from "../codec/bytes.ts";
import { sha256 } from "../crypto/hash.ts";
import { invalid } from "./errors.ts";
import { clip, floorDivide, zigzagVarint } from "./int64.ts";
import type { Validator } from "./validator.ts";
import type { ValidatorSet } from "./validator-set.ts";

/** The priorities of a set may lie at most this many times its total power apart. */
const PRIORITY_WINDOW = 2n;

/**
 * Advances the rotation by `times` proposals: priorities are rescaled and centred once, then each proposal adds
 * everyone's power and takes the total from the one with the highest priority (cometbft.md 4.4).
 *
 * @param set not empty
 * @param times positive
 */
export function incrementProposerPriority(set: ValidatorSet, times: number): ValidatorSet {
  if (set.size === 0 || times <= 0)
    throw invalid("proposer priority of an empty set or by no steps", { times });
  const validators = centre(rescale(set.validators, set.totalVotingPower));
  let winner = 0;
  for (let i = 0; i < times; i++) {
    winner = 0;
    for (const [index, validator] of validators.entries()) {
      validator.proposer_priority = clip(validator.proposer_priority + validator.voting_power);
      if (isAhead(validator, validators[winner]!)) winner = index;
    }
    const elected = validators[winner]!;
    elected.proposer_priority = clip(elected.proposer_priority - set.totalVotingPower);
  }
  return set.withPriorities(validators, validators[winner]!);
}

/** Whether `a` proposes before `b`: higher priority, at equal priority the smaller address. */
function isAhead(a: Validator, b: Validator): boolean {
  if (a.proposer_priority !== b.proposer_priority) return a.proposer_priority > b.proposer_priority;
  return compare(a.address, b.address) < 0;
}

/** Copies of the validators with priorities at most twice the total power apart, by truncating division. */
export function rescale(validators: readonly Validator[], totalPower: bigint): Validator[] {
  let highest = validators[0]!.proposer_priority;
  let lowest = highest;
  for (const { proposer_priority: priority } of validators) {
    if (priority > highest) highest = priority;
    if (priority < lowest) lowest = priority;
  }
  const window = PRIORITY_WINDOW * totalPower;
  const difference = highest - lowest;
  const ratio = difference > window ? (difference + window - 1n) / window : 1n;
  return validators.map((v) => ({ ...v, proposer_priority: v.proposer_priority / ratio }));
}

/** Copies of the validators with the average priority (rounded down) taken away. */
export function centre(validators: readonly Validator[]): Validator[] {
  let sum = 0n;
  for (const validator of validators) sum += validator.proposer_priority;
  const average = floorDivide(sum, BigInt(validators.length));
  return validators.map((v) => ({ ...v, proposer_priority: clip(v.proposer_priority - average) }));
}

/**
 * Hash over the priorities, which Oasis light clients compare between providers (cometbft.md 0.15).
 *
 * The official node writes every priority, a zigzag varint, at the start of one zeroed buffer and hashes as many
 * bytes as it wrote in all: only the last priority and the tails of longer ones before it count.
 */
export function proposerPriorityHash(set: ValidatorSet): Uint8Array {
  const encodings = set.validators.map((validator) => zigzagVarint(validator.proposer_priority));
  const buffer = new Uint8Array(encodings.reduce((total, encoding) => total + encoding.length, 0));
  for (const encoding of encodings) buffer.set(encoding);
  return sha256(buffer);
}
