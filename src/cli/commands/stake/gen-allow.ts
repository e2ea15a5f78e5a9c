import { UsageError } from "../../errors.ts";
import { defineTransactionCommand } from "../../transaction-command.ts";

export const stakeGenAllow = defineTransactionCommand({
  path: "stake account gen_allow",
  summary: "write a transaction that lets another account withdraw",
  method: "staking.Allow",
  options: [
    { name: "stake.allow.beneficiary", value: "ADDRESS", summary: "account that may withdraw" },
    {
      name: "stake.allow.amount_change",
      value: "AMOUNT",
      default: "0",
      summary: "change of the allowance in base units; it may be negative",
    },
  ],
  resolve: (given) => {
    const text = given.text("stake.allow.amount_change");
    if (!/^[+-]?\d+$/.test(text)) {
      throw new UsageError(
        `--stake.allow.amount_change: expected a whole number of base units, not "${text}"`,
      );
    }
    return {
      beneficiary: given.address("stake.allow.beneficiary"),
      negative: text.startsWith("-"),
      amount_change: BigInt(text.replace(/^[+-]/, "")),
    };
  },
});
