import type { Address } from "../../../codec/common-types.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { accountAddressOption } from "../../options/stake.ts";

interface Input {
  readonly client: ClientInput;
  readonly owner: Address;
}

export const stakeAccountNonce = defineCommand<Input>({
  path: "stake account nonce",
  summary: "print the nonce of an account",
  options: [accountAddressOption, ...clientOptions],
  resolve: (given) => ({ client: clientInput(given), owner: given.address("stake.account.address") }),
  run: async ({ client: input, owner }, io) => {
    const account = await withClient(input, "failed to query account", (client) =>
      client.call("Staking", "Account", { height: 0n, owner }, { signal: io.signal }),
    );
    io.out(`${account.general.nonce}\n`);
    return exitCode.ok;
  },
});
