import { stakingErrors } from "../../../types/errors.ts";
import * as staking from "../../../types/staking.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { amountText } from "../../text/amount.ts";
import { fetchToken } from "../../token.ts";

/** In the order of the official command, which leaves observers out. */
const THRESHOLD_KINDS: readonly number[] = [
  staking.KIND_ENTITY,
  staking.KIND_NODE_VALIDATOR,
  staking.KIND_NODE_COMPUTE,
  staking.KIND_NODE_KEY_MANAGER,
  staking.KIND_RUNTIME_COMPUTE,
  staking.KIND_RUNTIME_KEY_MANAGER,
  staking.KIND_KEY_MANAGER_CHURP,
];

export const stakeInfo = defineCommand<ClientInput>({
  path: "stake info",
  summary: "show supply, pools and stake thresholds of the network",
  options: clientOptions,
  resolve: clientInput,
  run: async (input, io) => {
    await withClient(input, "failed to query staking", async (client) => {
      const token = await fetchToken(client);
      io.out(`Token's ticker symbol: ${token.symbol}\nToken's value base-10 exponent: ${token.exponent}\n`);
      const line = (name: string, amount: bigint) => io.out(`${name}: ${amountText(amount, token)}\n`);
      line("Total supply", await client.call("Staking", "TotalSupply", 0n));
      line("Common pool", await client.call("Staking", "CommonPool", 0n));
      line("Last block fees", await client.call("Staking", "LastBlockFees", 0n));
      line("Governance deposits", await client.call("Staking", "GovernanceDeposits", 0n));
      for (const kind of THRESHOLD_KINDS) {
        const amount = await client
          .call("Staking", "Threshold", { height: 0n, kind: BigInt(kind) })
          .catch((error: unknown) => {
            // A network may do without the newer kinds.
            if (stakingErrors.invalidThreshold.matches(error)) return null;
            throw error;
          });
        if (amount !== null) line(`Staking threshold (${staking.ThresholdKind.toJson(kind)})`, amount);
      }
    });
    return exitCode.ok;
  },
});
