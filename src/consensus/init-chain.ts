import type { AbciEvent, ValidatorUpdate } from "../chain/application.ts";
import { Overlay } from "../storage/overlay.ts";
import { emptyTree, type KeyValueTree } from "../storage/tree.ts";
import type { Document } from "../types/genesis.ts";
import { BlockContext } from "./block-context.ts";
import { type ChainFacts, Context } from "./context.ts";
import { InvariantError } from "./errors.ts";
import { renderAbci } from "./execute-block.ts";
import { setChainContext, setConsensusParameters } from "./params.ts";
import type { ServiceTable } from "./service-table.ts";

/** The state before the first block. */
export interface GenesisState {
  /** Puts the genesis entries into a tree. */
  readonly writeTo: (tree: KeyValueTree) => void;
  /** Reported with the first block; not provable. */
  readonly events: readonly AbciEvent[];
}

/**
 * Builds the state of the genesis document: chain context, then each service, then the consensus parameters.
 * consensus-a.md 1.2.
 * @throws InvariantError naming the service whose part of the document is wrong
 */
export function initChain(
  services: ServiceTable,
  chain: ChainFacts,
  document: Document,
  validators: readonly ValidatorUpdate[],
): GenesisState {
  const state = new Overlay(emptyTree);
  const noCommit = { round: 0, votes: [] };
  const facts = {
    timeNs: document.genesis_time ?? 0n,
    proposerAddress: new Uint8Array(0),
    lastCommit: noCommit,
    misbehavior: [],
  };
  const ctx = new Context({ mode: "initChain", chain, block: new BlockContext(facts), state });
  setChainContext(state, chain.chainContext);
  for (const service of services.inHookOrder) {
    try {
      service.initChain(ctx, document, validators);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new InvariantError(`genesis of ${service.name}: ${message}`, {}, { cause });
    }
  }
  setConsensusParameters(state, document.consensus.params);
  return {
    writeTo: (tree) => {
      for (const [key, value] of state.changes()) {
        if (value !== null) {
          tree.insert(key, value);
        }
      }
    },
    events: ctx.events.map(renderAbci),
  };
}
