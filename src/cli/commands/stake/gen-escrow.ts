import { amountOption, escrowAccountOption } from "../../options/stake.ts";
import { defineTransactionCommand } from "../../transaction-command.ts";

export const stakeGenEscrow = defineTransactionCommand({
  path: "stake account gen_escrow",
  summary: "write a transaction that stakes tokens",
  method: "staking.AddEscrow",
  options: [escrowAccountOption, amountOption],
  resolve: (given) => ({
    account: given.address("stake.escrow.account"),
    amount: given.quantity("stake.amount"),
  }),
});
