import { formatAddress } from "../../../codec/address.ts";
import { stakingAddress } from "../../../types/account-address.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import type { Given } from "../../given.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { datadirOptions, identityIn } from "../../options/datadir.ts";

type Input = { readonly dataDir: string } | { readonly client: ClientInput };

export const identityShowAddress = defineCommand<Input>({
  path: "identity show-address",
  summary: "print the account address of the node",
  notes:
    "Asks the running node. With --datadir and without -a it reads the node's key instead, so that the node need not " +
    "run. Exits with 128 when the node does not answer.",
  options: [...datadirOptions, ...clientOptions],
  resolve: resolveShowAddress,
  run: async (input, io) => {
    const key =
      "dataDir" in input ? identityIn(input.dataDir).node.publicKey : await nodeKey(input.client, io.signal);
    io.out(`${formatAddress(stakingAddress(key))}\n`);
    return exitCode.ok;
  },
});

/** @internal for tests */
export function resolveShowAddress(given: Given): Input {
  const dataDir = given.text("datadir");
  return dataDir !== "" && !given.isTyped("address") ? { dataDir } : { client: clientInput(given) };
}

async function nodeKey(input: ClientInput, signal: AbortSignal): Promise<Uint8Array> {
  const { identity } = await withClient(
    input,
    "failed to query status",
    (client) => client.call("NodeController", "GetStatus", null, { signal }),
    exitCode.rpcFailed,
  );
  return identity.node;
}
