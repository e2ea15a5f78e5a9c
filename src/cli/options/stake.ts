import type { OptionSpec } from "../command.ts";

export const amountOption: OptionSpec = {
  name: "stake.amount",
  value: "AMOUNT",
  default: "0",
  summary: "amount in base units",
};

export const escrowAccountOption: OptionSpec = {
  name: "stake.escrow.account",
  value: "ADDRESS",
  summary: "the escrow account",
};

export const accountAddressOption: OptionSpec = {
  name: "stake.account.address",
  value: "ADDRESS",
  summary: "the account",
};
