import { BLOCK_ID_FLAG, type Commit } from "./commit.ts";
import { invalid } from "./errors.ts";
import type { Time } from "./time.ts";
import type { ValidatorSet } from "./validator-set.ts";

/**
 * The time of a block: the median, weighted by power, of the times at which the previous height's validators voted.
 * Votes for nil count too (cometbft.md 4.6).
 *
 * @param validators of the commit's height
 * @throws ChainError when somebody else voted
 */
export function medianTime(commit: Commit, validators: ValidatorSet): Time {
  const votes: { time: Time; power: bigint }[] = [];
  let total = 0n;
  for (const { block_id_flag, validator_address, timestamp } of commit.signatures) {
    if (block_id_flag === BLOCK_ID_FLAG.absent) continue;
    const validator = validators.get(validator_address);
    if (validator === null) throw invalid("commit has a vote of somebody who is no validator");
    votes.push({ time: timestamp, power: validator.voting_power });
    total += validator.voting_power;
  }
  votes.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  let median = total / 2n;
  for (const { time, power } of votes) {
    if (median <= power) return time;
    median -= power;
  }
  throw invalid("commit without votes has no time");
}
