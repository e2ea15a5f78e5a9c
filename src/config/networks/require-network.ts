import { GenesisError } from "../genesis/genesis-error.ts";
import { networkOfChainContext } from "./known-networks.ts";
import type { KnownNetwork } from "./network.ts";

/**
 * Refuses a genesis document that is not that of the network which the configuration names: the node would follow
 * another chain than its operator thinks.
 * @param found chain context of the document, hex
 * @param source the document's file
 * @throws GenesisError with both chain contexts and what to do
 */
export function requireNetwork(network: KnownNetwork, found: string, source: string): void {
  const actual = networkOfChainContext(found);
  const isRight = network.chainContext === null ? actual === null : network.chainContext === found;
  if (isRight) return;
  const message =
    `this is not the genesis document of ${network.title}, which the configuration names: ` +
    `its chain context is ${found}${actual === null ? "" : ` (${actual.title})`}, ` +
    `that of ${network.title} is ${network.chainContext ?? "none of a public network"}. Remedy: ${remedy(network, actual)}`;
  throw new GenesisError(source, [{ path: "", message }]);
}

/** There is no genesis document in the place where the network's should be. */
export function missingDocument(network: KnownNetwork, source: string): GenesisError {
  return new GenesisError(source, [
    { path: "", message: `no such file. Remedy: ${documentRemedy(network)}` },
  ]);
}

function remedy({ genesis, title }: KnownNetwork, actual: KnownNetwork | null): string {
  const rename = actual === null ? `leave out "network"` : `set "network: ${actual.name}"`;
  const other = `${rename} in the configuration if you mean the network of this document`;
  return genesis === null ? other : `${documentRemedy({ genesis, title })}; or ${other}`;
}

/** Where to get the genesis document of a network. */
function documentRemedy({ genesis, title }: Pick<KnownNetwork, "genesis" | "title">): string {
  return genesis === null
    ? `make one with "oasis-node localnet" or "oasis-node genesis init"`
    : `get the document of ${title} from ${genesis.url} (sha256 ${genesis.sha256})`;
}
