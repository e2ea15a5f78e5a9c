import { chainContext } from "../config/genesis/chain-context.ts";
import { type CometGenesis, cometGenesis } from "../config/genesis/comet-genesis.ts";
import { readGenesis } from "../config/genesis/read-genesis.ts";
import { createBlacklist } from "../crypto/blacklist.ts";
import { KnownSignatures } from "../crypto/known-signatures.ts";
import type { Document } from "../types/genesis.ts";
import type { ReplayOptions } from "./replay.ts";

/** What a recorded chain starts with. */
export interface ReplayGenesis {
  readonly document: Document;
  /** 64 hex characters. */
  readonly chainContext: string;
  readonly comet: CometGenesis;
  /** Signatures that are known to hold. */
  readonly known: KnownSignatures;
  /** Whether the network runs in debug mode. */
  readonly debug: boolean;
}

/**
 * Reads and checks the genesis document of a recorded chain.
 * @throws the system's error when the file cannot be read, GenesisError
 */
export async function readReplayGenesis({ genesis, debug: told }: ReplayOptions): Promise<ReplayGenesis> {
  const document = await readGenesis(genesis);
  const debug = told ?? hasDebugParameters(document);
  const blacklist = createBlacklist({ allowTestKeys: debug });
  const known = new KnownSignatures();
  const context = chainContext(document);
  const comet = cometGenesis(document, { debug, blacklist, known, chainContext: context });
  return { document, chainContext: context, comet, known, debug };
}

/** Whether the document sets any parameter that only networks in debug mode accept. */
function hasDebugParameters({ registry, roothash, staking, scheduler, beacon }: Document): boolean {
  return [registry.params, roothash.params, staking.params, scheduler.params, beacon.params].some((params) =>
    Object.entries(params).some(
      ([name, value]) => name.startsWith("debug_") && value !== false && value !== null && value !== 0n,
    ),
  );
}
