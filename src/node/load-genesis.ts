import { existsSync } from "node:fs";
import { chainContext } from "../config/genesis/chain-context.ts";
import { requireSoundGenesis } from "../config/genesis/check-genesis.ts";
import { readGenesis } from "../config/genesis/read-genesis.ts";
import { missingDocument, requireNetwork } from "../config/networks/require-network.ts";
import { createBlacklist } from "../crypto/blacklist.ts";
import type { Document } from "../types/genesis.ts";
import type { NodeOptions } from "./node-options.ts";

/** Reads the node's genesis document and checks it, and that it is the named network's. @throws GenesisError */
export async function loadGenesis(options: NodeOptions): Promise<Document> {
  const { genesisFile, network } = options;
  if (network !== null && !existsSync(genesisFile)) throw missingDocument(network, genesisFile);
  const document = await readGenesis(genesisFile, "set genesis.file to the network's genesis document");
  if (network !== null) requireNetwork(network, chainContext(document), genesisFile);
  requireSoundGenesis(document, genesisFile, {
    debug: options.debug.dontBlameOasis,
    blacklist: createBlacklist(options.debug).with(document.consensus.params.public_key_blacklist ?? []),
  });
  return document;
}
