import type { Document } from "../../types/genesis.ts";
import { votingPower } from "../../types/voting-power.ts";
import { type CheckGenesisOptions, checkDebugSwitches, type Report } from "./check-report.ts";

/** Largest total voting power that CometBFT computes with. */
const MAX_TOTAL_VOTING_POWER = ((1n << 63n) - 1n) / 8n;

/** oasis-core v26.1 go/scheduler/api/sanity_check.go. */
export function checkScheduler(
  { scheduler, staking }: Document,
  options: CheckGenesisOptions,
  report: Report,
): void {
  const { params } = scheduler;
  const switches = ["debug_bypass_stake", "debug_allow_weak_alpha", "debug_force_elect"];
  checkDebugSwitches(params, switches, "scheduler.params", options, report);
  for (const name of ["min_validators", "max_validators", "max_validators_per_entity"] as const) {
    if (params[name] <= 0n) report(`scheduler.params.${name}`, "must be positive");
  }
  if (
    !params.debug_bypass_stake &&
    !isRepresentable(staking.total_supply, params.voting_power_distribution)
  ) {
    report("staking.total_supply", "is too much for voting powers of 60 bits");
  }
}

function isRepresentable(stake: bigint, distribution: number): boolean {
  try {
    return votingPower(stake, distribution) <= MAX_TOTAL_VOTING_POWER;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
