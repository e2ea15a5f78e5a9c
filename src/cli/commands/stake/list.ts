import { formatAddress } from "../../../codec/address.ts";
import { stringifyJson } from "../../../codec/go-json.ts";
import { Account } from "../../../types/staking.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { verboseOption } from "../../options/common.ts";

interface Input {
  readonly client: ClientInput;
  readonly isVerbose: boolean;
}

export const stakeList = defineCommand<Input>({
  path: "stake list",
  summary: "list the accounts that hold tokens",
  options: [verboseOption, ...clientOptions],
  resolve: (given) => ({ client: clientInput(given), isVerbose: given.switch("verbose") }),
  run: async ({ client: input, isVerbose }, io) => {
    await withClient(input, "failed to query accounts", async (client) => {
      for (const owner of (await client.call("Staking", "Addresses", 0n)) ?? []) {
        const address = formatAddress(owner);
        if (!isVerbose) {
          io.out(`${address}\n`);
          continue;
        }
        const account = await client.call("Staking", "Account", { height: 0n, owner });
        io.out(`${stringifyJson({ [address]: Account.toJson(account) }, 2)}\n`);
      }
    });
    return exitCode.ok;
  },
});
