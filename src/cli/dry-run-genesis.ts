import { QanatError } from "../codec/errors.ts";
import { chainContext } from "../config/genesis/chain-context.ts";
import { cometGenesis } from "../config/genesis/comet-genesis.ts";
import { createBlacklist } from "../crypto/blacklist.ts";
import type { Document } from "../types/genesis.ts";
import { CommandError } from "./errors.ts";

/**
 * Initialises the state machine from a genesis document, in memory: finds what only it can tell, such as descriptors,
 * stake claims and commission schedules that a network would refuse.
 * @throws CommandError with the reason
 */
export async function dryRunGenesis(
  document: Document,
  source: string,
  { isDebug, allowTestKeys }: { isDebug: boolean; allowTestKeys: boolean },
): Promise<void> {
  const { ConsensusApplication } = await import("../consensus/application.ts");
  const { MemoryStateStore } = await import("../consensus/state-store.ts");
  try {
    const genesis = cometGenesis(document, { debug: isDebug, blacklist: createBlacklist({ allowTestKeys }) });
    const application = new ConsensusApplication(
      {
        document,
        chainContext: chainContext(document),
        dontBlameOasis: isDebug,
        allowTestKeys,
        minGasPrice: 0n,
      },
      {
        store: new MemoryStateStore(),
        logger: { warn: () => {} },
        proposer: null,
        ownTxSigner: null,
        attestation: null,
        observer: null,
      },
    );
    application.initChain({
      chainId: genesis.chain_id,
      time: genesis.genesis_time,
      initialHeight: genesis.initial_height,
      validators: genesis.validators,
    });
  } catch (error) {
    if (!(error instanceof QanatError)) throw error;
    throw new CommandError(`${source}: no network can start from it: ${error.message}`);
  }
}
