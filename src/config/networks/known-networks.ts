import { localnet } from "./localnet.ts";
import { mainnet } from "./mainnet.ts";
import type { KnownNetwork } from "./network.ts";
import { testnet } from "./testnet.ts";

/** Every network that has a name. */
export const knownNetworks: readonly KnownNetwork[] = [mainnet, testnet, localnet];

export const NETWORK_NAMES: readonly string[] = knownNetworks.map(({ name }) => name);

/** The network of that name, null for "". @throws TypeError when there is none: the configuration has been checked */
export function networkByName(name: string): KnownNetwork | null {
  if (name === "") return null;
  const found = knownNetworks.find((network) => network.name === name);
  if (found === undefined) throw new TypeError(`no network "${name}"`);
  return found;
}

/** The network whose genesis document has this hash (hex); null when it is none that is known. */
export function networkOfChainContext(chainContext: string): KnownNetwork | null {
  return knownNetworks.find((network) => network.chainContext === chainContext) ?? null;
}

/** What to call the network of a node: by its genesis document, else as the configuration does; "" without a name. */
export function networkName(chainContext: string, configured: KnownNetwork | null): string {
  return (networkOfChainContext(chainContext) ?? configured)?.name ?? "";
}

/** A ParaTime with the network that it runs on, by its id in hex; null when it is not known on that network. */
export function paraTimeName(network: KnownNetwork, id: string): string | null {
  return network.paraTimes.find((paraTime) => paraTime.id === id)?.name ?? null;
}
