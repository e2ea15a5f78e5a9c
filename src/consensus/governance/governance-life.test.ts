import { beforeEach, describe, expect, test } from "vitest";
import { alice, bob, entity, Network } from "../../../test/consensus-network.ts";
import { type Codec, encode } from "../../codec/schema.ts";
import type { MemorySigner } from "../../crypto/memory-signer.ts";
import { stakingAddress } from "../../types/account-address.ts";
import {
  ConsensusParameters,
  ProposalContent,
  ProposalVote,
  STATE_ACTIVE,
  STATE_FAILED,
  STATE_PASSED,
  STATE_REJECTED,
  VOTE_NO,
  VOTE_YES,
} from "../../types/governance.ts";
import * as staking from "../../types/staking.ts";
import { StopForUpgradeError } from "../errors.ts";
import { getAccount, getCommonPool, getGovernanceDeposits, getParameters } from "../staking/state.ts";
import {
  queryActiveProposals,
  queryGenesis,
  queryPendingUpgrades,
  queryProposals,
  queryVotes,
} from "./query.ts";
import { getProposal } from "./state.ts";

const DEPOSIT = 100n;
const FEE = { amount: 0n, gas: 1000n };
/** Blocks of an epoch of the test network. */
const EPOCH = 10n;

let network: Network;
let nonces: Map<MemorySigner, bigint>;

beforeEach(() => {
  network = new Network((document) => {
    document.governance.params = ConsensusParameters.make({
      min_proposal_deposit: DEPOSIT,
      voting_period: 1n,
      stake_threshold: 67,
      upgrade_min_epoch_diff: 2n,
      upgrade_cancel_min_epoch_diff: 2n,
      enable_change_parameters_proposal: true,
    });
  });
  nonces = new Map();
  network.produce();
});

const state = () => network.application.state!;

function send<B>(signer: MemorySigner, method: string, codec: Codec<B>, body: B): string {
  const nonce = nonces.get(signer) ?? 0n;
  nonces.set(signer, nonce + 1n);
  const [result] = network.produce(
    network.sign(signer, { nonce, method, body: encode(codec, body), fee: FEE }),
  ).txs;
  return result!.code === 0 ? "ok" : `${result!.codespace}/${result!.code}`;
}

const submit = (content: Partial<ProposalContent>) =>
  send(alice, "governance.SubmitProposal", ProposalContent, ProposalContent.make(content));
const vote = (signer: MemorySigner, choice: number, id = 1n) =>
  send(signer, "governance.CastVote", ProposalVote, { id, vote: choice });

/** Produces blocks until the next epoch has begun. */
function nextEpoch(): void {
  do {
    network.produce();
  } while (network.height % EPOCH !== 0n);
}

const changeOf = (changes: Partial<staking.ConsensusParameterChanges>) => ({
  change_parameters: {
    module: "staking",
    changes: encode(staking.ConsensusParameterChanges, staking.ConsensusParameterChanges.make(changes)),
  },
});
const version = { major: 8, minor: 0, patch: 0 };
const upgradeAt = (epoch: bigint) => ({
  upgrade: {
    v: 1,
    handler: "some-upgrade",
    target: {
      consensus_protocol: version,
      runtime_host_protocol: version,
      runtime_committee_protocol: version,
    },
    epoch,
  },
});

describe("a proposal to change parameters", () => {
  test("is carried out when the stake votes for it, and its deposit comes back", () => {
    expect(submit(changeOf({ min_transfer: 33n }))).toBe("ok");
    expect(getGovernanceDeposits(state())).toBe(DEPOSIT);
    expect(queryActiveProposals(state())).toMatchObject([{ id: 1n, state: STATE_ACTIVE, closes_at: 1n }]);
    expect(vote(entity, VOTE_YES)).toBe("ok");
    expect(queryVotes(state(), 1n)).toMatchObject([{ vote: VOTE_YES }]);
    nextEpoch();
    expect(getProposal(state(), 1n)).toMatchObject({
      state: STATE_PASSED,
      results: new Map([[VOTE_YES, 1600n]]),
    });
    expect(getParameters(state()).min_transfer).toBe(33n);
    expect(getGovernanceDeposits(state())).toBe(0n);
    expect(getAccount(state(), stakingAddress(alice.publicKey)).general.balance).toBe(1_000_000n);
    expect(queryActiveProposals(state())).toBeNull();
  });

  test("is rejected without enough votes, and its deposit is lost", () => {
    submit(changeOf({ min_transfer: 33n }));
    vote(entity, VOTE_YES);
    vote(entity, VOTE_NO);
    nextEpoch();
    expect(getProposal(state(), 1n).state).toBe(STATE_REJECTED);
    expect(getCommonPool(state())).toBe(DEPOSIT);
    expect(getParameters(state()).min_transfer).toBe(0n);
    expect(vote(entity, VOTE_YES)).toBe("governance/7");
  });

  test.each<[string, Partial<ProposalContent>, string]>([
    ["of nothing", changeOf({}), "unknown/1"],
    [
      "that contradicts itself",
      changeOf({
        fee_split_weight_propose: 0n,
        fee_split_weight_vote: 0n,
        fee_split_weight_next_propose: 0n,
      }),
      "unknown/1",
    ],
    [
      "of a module that nobody is",
      { change_parameters: { module: "keymanager", changes: Uint8Array.of(0xa0) } },
      "governance/1",
    ],
    [
      "of changes that do not decode",
      { change_parameters: { module: "staking", changes: Uint8Array.of(0x01) } },
      "unknown/1",
    ],
    [
      "with metadata where none is allowed",
      { ...changeOf({ min_transfer: 1n }), metadata: { title: "title", description: "" } },
      "governance/1",
    ],
    ["together with an upgrade", { ...changeOf({ min_transfer: 1n }), ...upgradeAt(9n) }, "governance/1"],
    ["empty", {}, "governance/1"],
  ])("%s is refused", (_, content, expected) => {
    expect(submit(content)).toBe(expected);
    expect(queryProposals(state())).toBeNull();
  });

  test("fails when it cannot be carried out any more", () => {
    submit({
      change_parameters: {
        module: "governance",
        // {"enable_change_parameters_proposal": false}
        changes: Uint8Array.from([
          0xa1,
          0x78,
          0x21,
          ...new TextEncoder().encode("enable_change_parameters_proposal"),
          0xf4,
        ]),
      },
    });
    submit(changeOf({ min_transfer: 33n }));
    vote(entity, VOTE_YES, 1n);
    vote(entity, VOTE_YES, 2n);
    nextEpoch();
    expect([1n, 2n].map((id) => getProposal(state(), id).state)).toEqual([STATE_PASSED, STATE_FAILED]);
  });
});

describe("votes", () => {
  test("are for those with stake in a validator", () => {
    submit(changeOf({ min_transfer: 33n }));
    expect(vote(bob, VOTE_YES)).toBe("governance/6");
    expect(vote(entity, VOTE_YES, 7n)).toBe("governance/5");
  });
});

describe("an upgrade", () => {
  test("stops the chain at its epoch", () => {
    expect(submit(upgradeAt(1n))).toBe("governance/2");
    expect(submit(upgradeAt(3n))).toBe("ok");
    vote(entity, VOTE_YES);
    nextEpoch();
    expect(queryPendingUpgrades(state())).toMatchObject([{ handler: "some-upgrade", epoch: 3n }]);
    expect(submit(upgradeAt(4n))).toBe("governance/3");
    nextEpoch();
    expect(nextEpoch).toThrow(StopForUpgradeError);
    expect(() => network.application.processProposal(network.proposal([]))).toThrow(StopForUpgradeError);
    expect(() => network.application.finalizeBlock(network.proposal([]))).toThrow(StopForUpgradeError);
  });

  test("can be cancelled in time", () => {
    submit(upgradeAt(5n));
    vote(entity, VOTE_YES);
    nextEpoch();
    expect(submit({ cancel_upgrade: { proposal_id: 9n } })).toBe("governance/5");
    expect(submit({ cancel_upgrade: { proposal_id: 1n } })).toBe("ok");
    vote(entity, VOTE_YES, 2n);
    nextEpoch();
    expect(queryPendingUpgrades(state())).toBeNull();
    expect(submit({ cancel_upgrade: { proposal_id: 1n } })).toBe("governance/4");
  });
});

test("proposals and votes go into a genesis document", () => {
  submit(changeOf({ min_transfer: 33n }));
  vote(entity, VOTE_YES);
  const genesis = queryGenesis(state());
  expect(genesis.proposals).toHaveLength(1);
  expect(genesis.vote_entries?.get(1n)).toHaveLength(1);
});
