import { amountOption } from "../../options/stake.ts";
import { defineTransactionCommand } from "../../transaction-command.ts";

export const stakeGenWithdraw = defineTransactionCommand({
  path: "stake account gen_withdraw",
  summary: "write a transaction that withdraws from an account that allows it",
  method: "staking.Withdraw",
  options: [
    { name: "stake.withdraw.source", value: "ADDRESS", summary: "account to withdraw from" },
    amountOption,
  ],
  resolve: (given) => ({
    from: given.address("stake.withdraw.source"),
    amount: given.quantity("stake.amount"),
  }),
});
