import { getEpoch } from "../consensus/beacon/state.ts";
import { ZERO_HASH } from "../crypto/hash.ts";
import { Status } from "../types/api-consensus.ts";
import { CONSENSUS_PROTOCOL } from "../types/versions.ts";
import type { ConsensusBackend } from "./backend.ts";
import { blockTime, stateRootOf } from "./consensus-block.ts";

/** What the block store does not know of a node's consensus status. */
export interface StatusFacts extends Pick<Status, "status" | "features" | "p2p"> {
  /** Address of the node's consensus key: is it a validator of the next block? */
  readonly consensusAddress: Uint8Array;
}

/**
 * Consensus status of a node from its block store and state. Before the first block only the static fields are
 * filled.
 */
export function consensusStatus(backend: Omit<ConsensusBackend, "status">, facts: StatusFacts): Status {
  const { consensusAddress, ...given } = facts;
  const genesisHeight = backend.genesis.height;
  const latestHeight = backend.latestHeight();
  const lastRetainedHeight = latestHeight === 0n ? genesisHeight : backend.lastRetainedHeight();
  const nextHeight = latestHeight === 0n ? genesisHeight : latestHeight + 1n;
  const latest = latestHeight === 0n ? null : backend.blockAt(latestHeight);
  const state = latest === null ? null : backend.stateAt(latestHeight);
  return {
    ...Status.zero(),
    ...given,
    version: CONSENSUS_PROTOCOL,
    backend: "tendermint",
    chain_context: backend.chainContext,
    genesis_height: genesisHeight,
    genesis_hash: backend.blockAt(genesisHeight)?.hash ?? ZERO_HASH,
    last_retained_height: lastRetainedHeight,
    last_retained_hash: backend.blockAt(lastRetainedHeight)?.hash ?? ZERO_HASH,
    is_validator: (backend.validatorsAt(nextHeight)?.indexOf(consensusAddress) ?? -1) >= 0,
    ...(latest === null
      ? {}
      : {
          latest_height: latestHeight,
          latest_hash: latest.hash,
          latest_time: blockTime(latest),
          latest_epoch: state === null ? 0n : getEpoch(state).epoch,
          latest_state_root: stateRootOf(latest),
          latest_block_size: latest.size,
        }),
  };
}
