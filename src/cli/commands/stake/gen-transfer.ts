import { amountOption } from "../../options/stake.ts";
import { defineTransactionCommand } from "../../transaction-command.ts";

export const stakeGenTransfer = defineTransactionCommand({
  path: "stake account gen_transfer",
  summary: "write a transaction that transfers tokens",
  method: "staking.Transfer",
  options: [
    { name: "stake.transfer.destination", value: "ADDRESS", summary: "account that receives the tokens" },
    amountOption,
  ],
  resolve: (given) => ({
    to: given.address("stake.transfer.destination"),
    amount: given.quantity("stake.amount"),
  }),
});
