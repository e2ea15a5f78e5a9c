import { formatAddress } from "../../../codec/address.ts";
import type { PublicKey } from "../../../codec/common-types.ts";
import { stakingAddress } from "../../../types/account-address.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";

export const stakePubkey2address = defineCommand<PublicKey>({
  path: "stake pubkey2address",
  summary: "print the account address of a public key",
  options: [{ name: "public_key", value: "KEY", summary: "public key in base64" }],
  resolve: (given) => given.publicKey("public_key"),
  run: async (key, io) => {
    io.out(`${formatAddress(stakingAddress(key))}\n`);
    return exitCode.ok;
  },
});
