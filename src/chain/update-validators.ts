import { compare, equal } from "../codec/bytes.ts";
import type { ValidatorUpdate } from "./application.ts";
import { invalid } from "./errors.ts";
import { centre, incrementProposerPriority, rescale } from "./proposer-priority.ts";
import { makeValidator, PUBLIC_KEY_SIZE, type Validator } from "./validator.ts";
import { compareValidators, MAX_TOTAL_VOTING_POWER, ValidatorSet } from "./validator-set.ts";

/** The set of these validators with the first proposer chosen. Powers must be positive. */
export function newValidatorSet(members: readonly ValidatorUpdate[]): ValidatorSet {
  const unpowered = members.find(({ power }) => power <= 0n);
  if (unpowered) throw invalid("validator without voting power", { power: unpowered.power });
  if (members.length === 0) return ValidatorSet.empty;
  return incrementProposerPriority(updateValidators(ValidatorSet.empty, members), 1);
}

/**
 * Applies the changes of a block to a set: new power, new member, or removal where the power is 0.
 *
 * A new member starts with a priority of -1.125 times the total power, so that leaving and coming back is no way to
 * propose earlier. The proposer stays until the next increment (cometbft.md 4.4).
 * @throws ChainError when a change is malformed, appears twice, removes a stranger, or leaves nobody or too much power
 */
export function updateValidators(set: ValidatorSet, changes: readonly ValidatorUpdate[]): ValidatorSet {
  if (changes.length === 0) return set;
  const updates = changes.map(checkedUpdate).sort((a, b) => compare(a.address, b.address));
  for (let i = 1; i < updates.length; i++) {
    if (equal(updates[i - 1]!.address, updates[i]!.address)) throw invalid("two changes of one validator");
  }

  let removedPower = 0n;
  for (const { address, voting_power } of updates) {
    if (voting_power !== 0n) continue;
    const member = set.get(address);
    if (member === null) throw invalid("removal of somebody who is no validator");
    removedPower += member.voting_power;
  }
  const totalBeforeRemovals = totalAfterUpdates(set, updates, removedPower) + removedPower;
  const newcomerPriority = -(totalBeforeRemovals + (totalBeforeRemovals >> 3n));

  const changed = new Set<Validator>();
  const merged: Validator[] = [];
  for (const update of updates) {
    const member = set.get(update.address);
    if (member !== null) changed.add(member);
    if (update.voting_power === 0n) continue;
    merged.push({ ...update, proposer_priority: member?.proposer_priority ?? newcomerPriority });
  }
  for (const member of set.validators) if (!changed.has(member)) merged.push(member);
  if (merged.length === 0) throw invalid("no validator would be left");

  const total = merged.reduce((sum, { voting_power }) => sum + voting_power, 0n);
  return new ValidatorSet(centre(rescale(merged, total)).sort(compareValidators), set.proposer);
}

/** Total power once all is applied; the limit holds at every step when the largest decreases come first. */
function totalAfterUpdates(set: ValidatorSet, updates: readonly Validator[], removedPower: bigint): bigint {
  let total = set.totalVotingPower - removedPower;
  for (const { address, voting_power } of updates) {
    if (voting_power !== 0n) total += voting_power - (set.get(address)?.voting_power ?? 0n);
  }
  if (total > MAX_TOTAL_VOTING_POWER) throw invalid("total voting power is too large", { total });
  return total;
}

function checkedUpdate({ public_key, power }: ValidatorUpdate): Validator {
  if (public_key.length !== PUBLIC_KEY_SIZE) throw invalid("validator key is not 32 bytes");
  if (power < 0n || power > MAX_TOTAL_VOTING_POWER) throw invalid("voting power is out of range", { power });
  return makeValidator(public_key, power);
}
