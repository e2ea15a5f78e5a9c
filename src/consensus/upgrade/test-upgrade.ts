import { contexts } from "../../crypto/contexts.ts";
import { signSigned } from "../../crypto/envelope.ts";
import { testSigner } from "../../crypto/memory-signer.ts";
import { stakingAddress } from "../../types/account-address.ts";
import { Entity, LATEST_ENTITY_DESCRIPTOR_VERSION } from "../../types/entity.ts";
import { Account } from "../../types/staking.ts";
import { getConsensusParameters, setConsensusParameters } from "../params.ts";
import { ENTITY_CLAIM, ENTITY_THRESHOLDS } from "../registry/stake-claims.ts";
import { setEntity } from "../registry/state.ts";
import { setAccount } from "../staking/state.ts";
import type { UpgradeHandler } from "./handler.ts";

const ENTITY_KEY_NAME = "__e2e-test-migration-entity";

/**
 * `__e2e-test-valid`: the upgrade of test networks. Adds an entity and its account, and lets transactions be one byte
 * longer.
 */
export const testUpgrade: UpgradeHandler = {
  needsStart: true,
  beginBlock: ({ state }) => {
    const signer = testSigner(ENTITY_KEY_NAME);
    const entity: Entity = { v: LATEST_ENTITY_DESCRIPTOR_VERSION, id: signer.publicKey, nodes: null };
    setEntity(state, entity.id, signSigned(Entity, entity, contexts.registerEntity, signer));
    const account = Account.zero();
    account.escrow.stake_accumulator.claims = new Map([[ENTITY_CLAIM, [...ENTITY_THRESHOLDS]]]);
    setAccount(state, stakingAddress(entity.id), account);
  },
  endBlock: ({ state }) => {
    const parameters = getConsensusParameters(state);
    setConsensusParameters(state, { ...parameters, max_tx_size: parameters.max_tx_size + 1n });
  },
};
