import { amountOption } from "../../options/stake.ts";
import { defineTransactionCommand } from "../../transaction-command.ts";

export const stakeGenBurn = defineTransactionCommand({
  path: "stake account gen_burn",
  summary: "write a transaction that destroys tokens",
  method: "staking.Burn",
  options: [amountOption],
  resolve: (given) => ({ amount: given.quantity("stake.amount") }),
});
