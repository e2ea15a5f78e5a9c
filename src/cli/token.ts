import type { ApiClient } from "../api/client.ts";
import type { Token } from "./text/amount.ts";

/** The token of the network of a running node. */
export async function fetchToken(client: ApiClient): Promise<Token> {
  const symbol = await client.call("Staking", "TokenSymbol", 0n);
  const exponent = await client.call("Staking", "TokenValueExponent", 0n);
  return { symbol, exponent };
}
