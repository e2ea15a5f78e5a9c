import * as beacon from "../consensus/beacon/state.ts";
import * as governance from "../consensus/governance/query.ts";
import * as keymanager from "../consensus/keymanager/query.ts";
import { getConsensusParameters } from "../consensus/params.ts";
import * as registry from "../consensus/registry/query.ts";
import * as roothash from "../consensus/roothash/query.ts";
import * as scheduler from "../consensus/scheduler/state.ts";
import * as staking from "../consensus/staking/query.ts";
import * as vault from "../consensus/vault/query.ts";
import type { Document } from "../types/genesis.ts";
import type { ConsensusBackend } from "./backend.ts";
import { blockFor, stateFor } from "./heights.ts";

/** The whole state after a block as a genesis document, from which a new network could continue. */
export function stateToGenesis(backend: ConsensusBackend, height: bigint): Document {
  const { header } = blockFor(backend, height).block;
  const { state } = stateFor(backend, header.height);
  const { genesis } = backend;
  return {
    height: header.height,
    genesis_time: header.time,
    chain_id: genesis.chain_id,
    registry: registry.queryGenesis(state),
    roothash: roothash.queryGenesis(state),
    staking: staking.queryGenesis(state, genesis.staking),
    keymanager: { ...keymanager.querySecretsGenesis(state), churp: keymanager.queryChurpGenesis(state) },
    scheduler: { params: scheduler.getParameters(state) },
    beacon: { base: beacon.getEpoch(state).epoch, params: beacon.getParameters(state) },
    governance: governance.queryGenesis(state),
    vault: vault.queryGenesis(state),
    consensus: { backend: genesis.consensus.backend, params: getConsensusParameters(state) },
    extra_data: null,
  };
}
