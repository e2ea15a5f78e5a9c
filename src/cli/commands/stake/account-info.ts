import type { Address } from "../../../codec/common-types.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { accountAddressOption } from "../../options/stake.ts";
import { accountText } from "../../text/account.ts";
import { fetchToken } from "../../token.ts";

interface Input {
  readonly client: ClientInput;
  readonly owner: Address;
  readonly height: bigint;
}

export const stakeAccountInfo = defineCommand<Input>({
  path: "stake account info",
  summary: "show an account: balance, delegations, commission, claims",
  options: [
    accountAddressOption,
    { name: "height", value: "HEIGHT", default: "0", summary: "height to look at; 0 is the latest" },
    ...clientOptions,
  ],
  resolve: (given) => ({
    client: clientInput(given),
    owner: given.address("stake.account.address"),
    height: given.i64("height"),
  }),
  run: async ({ client: input, owner, height: wanted }, io) => {
    await withClient(input, "failed to query account", async (client) => {
      // All questions are about one height, whatever the chain does meanwhile.
      const height = wanted === 0n ? (await client.call("Consensus", "GetBlock", 0n)).height : wanted;
      const query = { height, owner };
      io.out(
        accountText({
          height,
          owner,
          token: await fetchToken(client),
          account: await client.call("Staking", "Account", query),
          delegationsFrom: await client.call("Staking", "DelegationInfosFor", query),
          delegationsTo: await client.call("Staking", "DelegationsTo", query),
          debondingFrom: await client.call("Staking", "DebondingDelegationInfosFor", query),
          debondingTo: await client.call("Staking", "DebondingDelegationsTo", query),
        }),
      );
    });
    return exitCode.ok;
  },
});
