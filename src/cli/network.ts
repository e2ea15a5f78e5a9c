import { chainContext } from "../config/genesis/chain-context.ts";
import { readGenesis } from "../config/genesis/read-genesis.ts";
import type { Document } from "../types/genesis.ts";
import type { Network } from "./text/transaction.ts";

/** The network of a genesis document. */
export function networkOf(document: Document): Network {
  return {
    chainContext: chainContext(document),
    token: { symbol: document.staking.token_symbol, exponent: document.staking.token_value_exponent },
  };
}

/** The network of a genesis file. @throws GenesisError that names the file */
export async function loadNetwork(genesisFile: string): Promise<Network> {
  return networkOf(await readGenesis(genesisFile));
}
