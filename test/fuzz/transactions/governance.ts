import { type Codec, encode } from "../../../src/codec/schema.ts";
import { getNextId, getProposals } from "../../../src/consensus/governance/state.ts";
import * as governance from "../../../src/types/governance.ts";
import * as registry from "../../../src/types/registry.ts";
import * as roothash from "../../../src/types/roothash.ts";
import * as scheduler from "../../../src/types/scheduler.ts";
import * as staking from "../../../src/types/staking.ts";
import * as vault from "../../../src/types/vault.ts";
import { PROTOCOL_VERSIONS } from "../../../src/types/versions.ts";
import { entities, senders } from "../cast.ts";
import { maybeMutate } from "../mutate.ts";
import type { Random } from "../random.ts";
import { draft, type Generator, type View } from "./draft.ts";

function changed<C>(random: Random, codec: Codec<C>, value: C): Uint8Array {
  return encode(codec, maybeMutate(random, 0.1, codec, value));
}

/** Changes of each module's parameters; most of them are acceptable. */
const changes: readonly ((view: View) => [module: string, changes: Uint8Array])[] = [
  ({ random }) => [
    "staking",
    changed(
      random,
      staking.ConsensusParameterChanges,
      staking.ConsensusParameterChanges.make({
        debonding_interval: random.pick([null, 1n, 2n]),
        reward_schedule: random.pick([
          null,
          [],
          [{ until: 40n, scale: 1000n }],
          [{ until: 4n, scale: 1n << 40n }],
        ]),
        gas_costs: random.pick([null, new Map([["transfer", random.bigint(99n)]])]),
        min_delegation: random.pick([null, 5n]),
        min_transfer: random.pick([null, 5n]),
        min_transact_balance: random.pick([null, 5n]),
        min_commission_rate: random.pick([null, null, 5_000n, 20_000n, 100_001n]),
        disable_transfers: random.pick([null, null, null, false, true]),
        disable_delegation: random.pick([null, null, false]),
        allow_escrow_messages: random.pick([null, true]),
        max_allowances: random.pick([null, 8]),
        fee_split_weight_propose: random.pick([null, 0n, 1n]),
        fee_split_weight_vote: random.pick([null, 0n, 1n]),
        fee_split_weight_next_propose: random.pick([null, 0n, 1n]),
        reward_factor_epoch_signed: random.pick([null, 50n]),
        reward_factor_block_proposed: random.pick([null, 50n]),
      }),
    ),
  ],
  ({ random }) => [
    "scheduler",
    changed(
      random,
      scheduler.ConsensusParameterChanges,
      scheduler.ConsensusParameterChanges.make({
        min_validators: random.pick([null, null, 0n, 1n]),
        max_validators: random.pick([null, 2n, 4n]),
        voting_power_distribution: random.pick([null, 0, 1, 7]),
      }),
    ),
  ],
  ({ random }) => [
    "registry",
    changed(
      random,
      registry.ConsensusParameterChanges,
      registry.ConsensusParameterChanges.make({
        disable_runtime_registration: random.pick([null, false]),
        disable_km_runtime_registration: random.pick([null, false]),
        gas_costs: random.pick([null, new Map([["register_node", random.bigint(99n)]])]),
        max_node_expiration: random.pick([null, 0n, 5n]),
        enable_runtime_governance_models: random.pick([
          null,
          new Map([[1, true]]),
          new Map([
            [2, true],
            [1, true],
          ]),
        ]),
        tee_features: random.pick([null, null, registry.ConsensusParameters.zero().tee_features]),
        max_runtime_deployments: random.pick([null, 3]),
      }),
    ),
  ],
  ({ random }) => [
    "roothash",
    changed(
      random,
      roothash.ConsensusParameterChanges,
      roothash.ConsensusParameterChanges.make({
        gas_costs: random.pick([null, new Map([["submit_msg", random.bigint(99n)]])]),
        max_runtime_messages: random.pick([null, 4, 5]),
        max_in_runtime_messages: random.pick([null, 4]),
        max_evidence_age: random.pick([null, 0n, 3n]),
        max_past_roots_stored: random.pick([null, 0n, 1n, 3n]),
      }),
    ),
  ],
  ({ random }) => [
    "governance",
    changed(
      random,
      governance.ConsensusParameterChanges,
      governance.ConsensusParameterChanges.make({
        gas_costs: random.pick([null, new Map([["cast_vote", random.bigint(99n)]])]),
        min_proposal_deposit: random.pick([null, 7n]),
        voting_period: random.pick([null, 1n, 2n]),
        stake_threshold: random.pick([null, 67, 50, 101]),
        upgrade_min_epoch_diff: random.pick([null, 1n, 3n]),
        upgrade_cancel_min_epoch_diff: random.pick([null, 3n]),
        enable_change_parameters_proposal: random.pick([null, null, null, true, null, null, null, false]),
      }),
    ),
  ],
  ({ random }) => [
    "vault",
    changed(
      random,
      vault.ConsensusParameterChanges,
      vault.ConsensusParameterChanges.make({
        max_authority_addresses: random.pick([null, 0, 5]),
        gas_costs: random.pick([null, new Map([["create", random.bigint(99n)]])]),
      }),
    ),
  ],
  ({ random }) => [random.pick(["keymanager", "beacon", "consensus", "", "unknown"]), Uint8Array.of(0xa0)],
  ({ random }) => [random.pick(["staking", "registry", "vault"]), Uint8Array.of(0xa1, 0x61, 0x78, 0x01)],
];

export function proposalContent(view: View): governance.ProposalContent {
  const { random, epoch, state } = view;
  const content = governance.ProposalContent.zero();
  if (random.chance(0.5)) {
    content.metadata = { title: "t".repeat(random.pick([2, 3, 50, 101])), description: "" };
  }
  const kind = random.int(10);
  if (kind < 5) {
    const [module, bytes] = random.pick(changes)(view);
    content.change_parameters = { module, changes: bytes };
  } else if (kind < 8) {
    const consensus = random.chance(0.9)
      ? PROTOCOL_VERSIONS.consensus_protocol
      : { major: 6, minor: 0, patch: 0 };
    content.upgrade = {
      v: random.chance(0.95) ? 1 : 2,
      // Only handlers that a node can run without a restart.
      handler: random.pick([
        "empty",
        "empty",
        "consensus261",
        "consensus240",
        "no",
        "empty",
        "empty",
        "unknown",
      ]),
      target: { ...PROTOCOL_VERSIONS, consensus_protocol: consensus },
      epoch: epoch + BigInt(random.between(0, 9)),
    };
  } else if (kind < 9) {
    const last = getNextId(state) - 1n;
    const passed = getProposals(state).filter(
      (proposal) => proposal.content.upgrade !== null && proposal.state === governance.STATE_PASSED,
    );
    const id = passed.length > 0 && random.chance(0.8) ? passed.at(-1)!.id : random.bigint(last);
    content.cancel_upgrade = { proposal_id: id };
  }
  return content;
}

const submitProposal: Generator = (view) =>
  draft(
    view.random.pick(senders),
    "governance.SubmitProposal",
    governance.ProposalContent,
    proposalContent(view),
  );

export function vote({ random, state }: View): governance.ProposalVote {
  const open = getProposals(state).filter((proposal) => proposal.state === governance.STATE_ACTIVE);
  const id = open.length > 0 && random.chance(0.95) ? random.pick(open).id : random.bigint(3n);
  return {
    id,
    vote: random.weighted([
      [16, 1],
      [2, 2],
      [1, 3],
      [1, random.pick([0, 200])],
    ]),
  };
}

const castVote: Generator = (view) =>
  draft(
    view.random.chance(0.8) ? view.random.pick(entities).signer : view.random.pick(senders),
    "governance.CastVote",
    governance.ProposalVote,
    vote(view),
  );

export const governanceGenerators: readonly (readonly [number, Generator])[] = [
  [5, submitProposal],
  [12, castVote],
];
