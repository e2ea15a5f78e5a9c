import { escrowAccountOption } from "../../options/stake.ts";
import { defineTransactionCommand } from "../../transaction-command.ts";

export const stakeGenReclaimEscrow = defineTransactionCommand({
  path: "stake account gen_reclaim_escrow",
  summary: "write a transaction that takes stake back",
  method: "staking.ReclaimEscrow",
  options: [
    escrowAccountOption,
    { name: "stake.shares", value: "SHARES", default: "0", summary: "shares to take back" },
  ],
  resolve: (given) => ({
    account: given.address("stake.escrow.account"),
    shares: given.quantity("stake.shares"),
  }),
});
