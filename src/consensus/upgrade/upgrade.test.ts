import { beforeEach, describe, expect, test } from "vitest";
import { alice, entity, Network } from "../../../test/consensus-network.ts";
import { encode } from "../../codec/schema.ts";
import { testSigner } from "../../crypto/memory-signer.ts";
import { stakingAddress } from "../../types/account-address.ts";
import {
  ConsensusParameters,
  ProposalContent,
  ProposalVote,
  STATE_PASSED,
  VOTE_YES,
} from "../../types/governance.ts";
import { KIND_KEY_MANAGER_CHURP } from "../../types/staking.ts";
import { FEATURE_26_1, PROTOCOL_VERSIONS } from "../../types/versions.ts";
import { StopForUpgradeError } from "../errors.ts";
import * as governance from "../governance/state.ts";
import * as churp from "../keymanager/churp/state.ts";
import { getConsensusParameters } from "../params.ts";
import * as registry from "../registry/state.ts";
import * as staking from "../staking/state.ts";
import * as vault from "../vault/state.ts";

const EPOCH = 10n;
const UPGRADE_HEIGHT = 3n * EPOCH;
const FEE = { amount: 0n, gas: 1000n };

let network: Network;

beforeEach(() => {
  network = new Network((document) => {
    document.consensus.params.feature_version = null;
    document.governance.params = ConsensusParameters.make({
      voting_period: 1n,
      stake_threshold: 67,
      upgrade_min_epoch_diff: 2n,
      upgrade_cancel_min_epoch_diff: 2n,
    });
  });
});

const state = () => network.application.state!;

/** Has an upgrade accepted for epoch 3 and stops in front of its block. */
function accept(handler: string, major = PROTOCOL_VERSIONS.consensus_protocol.major): void {
  const target = { ...PROTOCOL_VERSIONS, consensus_protocol: { major, minor: 3, patch: 1 } };
  const content = ProposalContent.make({ upgrade: { v: 1, handler, target, epoch: 3n } });
  const body = encode(ProposalContent, content);
  const vote = encode(ProposalVote, { id: 1n, vote: VOTE_YES });
  network.produce(
    network.sign(alice, { nonce: 0n, method: "governance.SubmitProposal", body, fee: FEE }),
    network.sign(entity, { nonce: 0n, method: "governance.CastVote", body: vote, fee: FEE }),
  );
  while (network.height < UPGRADE_HEIGHT - 1n) {
    network.produce();
  }
  expect(governance.getProposal(state(), 1n).state).toBe(STATE_PASSED);
  expect(governance.getPendingUpgrades(state())).toHaveLength(1);
}

describe("an upgrade that this version knows", () => {
  test.each<[string, () => void]>([
    ["empty", () => expect(getConsensusParameters(state())).toEqual(network.document.consensus.params)],
    [
      "consensus261",
      () => expect(getConsensusParameters(state())).toMatchObject({ feature_version: FEATURE_26_1 }),
    ],
    [
      "consensus240",
      () => {
        expect(getConsensusParameters(state())).toMatchObject({
          max_tx_size: 131_072n,
          max_block_size: 4_194_304n,
          max_block_gas: 5_000_000n,
          feature_version: null,
        });
        expect(registry.getParameters(state()).enable_km_churp).toBe(true);
        expect(churp.getParameters(state()).gas_costs?.get("confirm")).toBe(1000n);
        expect(staking.getParameters(state()).thresholds?.get(KIND_KEY_MANAGER_CHURP)).toBe(10n ** 13n);
        expect(governance.getParameters(state())).toMatchObject({
          allow_vote_without_entity: true,
          allow_proposal_metadata: true,
        });
        expect(vault.getParameters(state())).toMatchObject({ enabled: true, max_authority_addresses: 32 });
        expect(vault.getParameters(state()).gas_costs?.get("cancel_action")).toBe(5000n);
      },
    ],
    [
      "__e2e-test-valid",
      () => {
        const { publicKey } = testSigner("__e2e-test-migration-entity");
        expect(registry.getEntity(state(), publicKey)).toMatchObject({ nodes: null });
        const { escrow } = staking.getAccount(state(), stakingAddress(publicKey));
        expect(escrow.stake_accumulator.claims?.keys().toArray()).toEqual(["registry.RegisterEntity"]);
        expect(getConsensusParameters(state()).max_tx_size).toBe(
          network.document.consensus.params.max_tx_size + 1n,
        );
      },
    ],
  ])("%s is carried out in the first block of its epoch, once", (handler, check) => {
    accept(handler);
    network.produce();
    check();
    expect(governance.getPendingUpgrades(state())).toEqual([]);
    network.produce();
    check();
  });

  test("is carried out alike by a node that was restarted before it", () => {
    accept("consensus261");
    const restarted = network.start();
    const { block, results } = network.produce();
    expect(restarted.finalizeBlock(block)).toEqual(results);
  });
});

describe("an upgrade that operators submitted past governance", () => {
  test("is carried out in the block that it is for, alike by all nodes that were told of it", () => {
    const told = { localUpgrades: () => (network.height === 4n ? ["__e2e-test-valid"] : []) };
    network.application = network.start(told);
    network.initialise(network.application);
    const before = network.document.consensus.params.max_tx_size;
    while (network.height < 4n) {
      network.produce();
    }
    expect(getConsensusParameters(state()).max_tx_size).toBe(before);
    const untold = network.start();
    const { block } = network.produce();
    expect(getConsensusParameters(state()).max_tx_size).toBe(before + 1n);
    expect(registry.getEntity(state(), testSigner("__e2e-test-migration-entity").publicKey)).not.toBeNull();
    expect(() => untold.finalizeBlock(block)).toThrow(/state root/);
  });

  test("stops a node that has no such handler", () => {
    network.produce();
    const told = network.start({ localUpgrades: () => ["consensus999"] });
    expect(() => told.finalizeBlock(network.proposal([]))).toThrow(StopForUpgradeError);
  });
});

describe("an upgrade for another version", () => {
  test.each([
    ["an unknown handler", "consensus999", 7],
    ["another major version of the protocol", "empty", 8],
  ])("with %s stops the node in front of it", (_, handler, major) => {
    accept(handler, major);
    expect(() => network.produce()).toThrow(StopForUpgradeError);
    expect(() => network.application.finalizeBlock(network.proposal([]))).toThrow(StopForUpgradeError);
    expect(network.height).toBe(UPGRADE_HEIGHT - 1n);
  });
});
