import type { CommissionRateBoundStep, CommissionRateStep } from "../../../types/staking.ts";
import { UsageError } from "../../errors.ts";
import { defineTransactionCommand } from "../../transaction-command.ts";

export const stakeGenAmendCommissionSchedule = defineTransactionCommand({
  path: "stake account gen_amend_commission_schedule",
  summary: "write a transaction that changes an entity's commission",
  method: "staking.AmendCommissionSchedule",
  options: [
    {
      name: "stake.commission_schedule.rates",
      value: "EPOCH/RATE",
      isList: true,
      summary: "rate from an epoch on; 100000 is 100 %",
    },
    {
      name: "stake.commission_schedule.bounds",
      value: "EPOCH/MIN/MAX",
      isList: true,
      summary: "bounds of the rate from an epoch on",
    },
  ],
  resolve: (given) => {
    const rates = given.list("stake.commission_schedule.rates").map(rateStep);
    const bounds = given.list("stake.commission_schedule.bounds").map(boundStep);
    return {
      amendment: { rates: rates.length === 0 ? null : rates, bounds: bounds.length === 0 ? null : bounds },
    };
  },
});

function rateStep(text: string): CommissionRateStep {
  const [start, rate] = numbers("rates", text, 2);
  return { start: start!, rate: rate! };
}

function boundStep(text: string): CommissionRateBoundStep {
  const [start, min, max] = numbers("bounds", text, 3);
  return { start: start!, rate_min: min!, rate_max: max! };
}

function numbers(flag: string, text: string, count: number): bigint[] {
  const parts = text.split("/");
  if (parts.length !== count || parts.some((part) => !/^\d+$/.test(part))) {
    throw new UsageError(
      `--stake.commission_schedule.${flag}: expected ${count} numbers with / between, not "${text}"`,
    );
  }
  return parts.map(BigInt);
}
