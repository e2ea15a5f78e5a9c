import { toHex } from "../../src/codec/bytes.ts";
import { type Address, isTestNamespace } from "../../src/codec/common-types.ts";
import { encode } from "../../src/codec/schema.ts";
import { stakingAddress } from "../../src/types/account-address.ts";
import { BACKEND_INSECURE, BACKEND_VRF } from "../../src/types/beacon.ts";
import * as consensus from "../../src/types/consensus.ts";
import { Document } from "../../src/types/genesis.ts";
import * as governance from "../../src/types/governance.ts";
import * as keymanager from "../../src/types/keymanager.ts";
import type { CapabilityTEE, NodeRuntime } from "../../src/types/node.ts";
import * as registry from "../../src/types/registry.ts";
import { ROLE_COMPUTE_WORKER, ROLE_KEY_MANAGER, ROLE_VALIDATOR } from "../../src/types/roles.ts";
import * as roothash from "../../src/types/roothash.ts";
import {
  GOVERNANCE_CONSENSUS,
  GOVERNANCE_ENTITY,
  GOVERNANCE_RUNTIME,
  type Runtime,
} from "../../src/types/runtime.ts";
import * as scheduler from "../../src/types/scheduler.ts";
import type { TEEFeatures } from "../../src/types/sgx.ts";
import { SGXConstraints } from "../../src/types/sgx-attestation.ts";
import * as staking from "../../src/types/staking.ts";
import * as vault from "../../src/types/vault.ts";
import { FEATURE_26_1 } from "../../src/types/versions.ts";
import {
  addresses,
  COMPUTE_IDS,
  type EntityKeys,
  entities,
  isSgx,
  KEY_MANAGER_ID,
  type NodeKeys,
  nodes,
  runtimeAddresses,
  SECOND_KEY_MANAGER_ID,
  SGX_COMPUTE_ID,
  SGX_KEY_MANAGER_ID,
  users,
  withSpareKeys,
} from "./cast.ts";
import { entityDescriptor, nodeDescriptor, signNode } from "./descriptors.ts";
import { enclaveIdentity, teeCapability } from "./enclave.ts";
import type { Random } from "./random.ts";
import { deployment, randomRuntime } from "./runtimes.ts";

export const GENESIS_TIME = 1_700_000_000n * 1_000_000_000n;

/** Costs of some operations; the others are free. */
function costs(random: Random, names: readonly string[]): Map<string, bigint> | null {
  return random.chance(0.2)
    ? null
    : new Map(random.some(names, 0.8).map((name) => [name, random.bigint(300n)]));
}

/**
 * A random network: what its parameters switch on and off covers every rule of the services.
 * @param debug whether parameters and ParaTimes may be there that only test networks have
 */
export function randomDocument(random: Random, debug: boolean): Document {
  const document = Document.zero();
  const bypassStake = debug && random.chance(0.2);
  document.genesis_time = GENESIS_TIME;
  document.chain_id = "fuzz";
  document.consensus = { backend: consensus.BACKEND_COMETBFT, params: consensusParameters(random) };
  document.beacon = {
    base: random.pick([0n, 0n, 7n]),
    params: {
      backend: random.pick([BACKEND_INSECURE, BACKEND_VRF]),
      debug_mock_backend: debug && random.chance(0.2),
      insecure_parameters: { interval: BigInt(random.between(3, 8)) },
      vrf_parameters: {
        alpha_hq_threshold: BigInt(random.between(1, 4)),
        interval: BigInt(random.between(5, 9)),
        proof_delay: BigInt(random.between(1, 3)),
        gas_costs: costs(random, ["vrf_prove"]),
      },
    },
  };
  if (document.beacon.params.backend === BACKEND_INSECURE && document.beacon.params.debug_mock_backend) {
    // Nothing sets the first epoch of a mock clock: it is 0.
    document.beacon.base = 0n;
  }
  document.height = initialHeight(random, document.beacon);
  document.scheduler.params = schedulerParameters(random, debug, bypassStake);
  document.registry = registryGenesis(random, debug, document.beacon.base);
  document.roothash = {
    params: roothashParameters(random, debug, bypassStake),
    runtime_states: runtimeStates(random, document.registry),
  };
  document.staking = stakingGenesis(random, document.beacon.base, bypassStake);
  document.keymanager = keymanagerGenesis(random, document.registry.runtimes ?? []);
  document.governance.params = governanceParameters(random);
  document.vault = random.chance(0.8) ? vault.Genesis.make({ params: vaultParameters(random) }) : null;
  return document;
}

/** The insecure backend counts epochs from height 0, so its first block must lie in the first epoch. */
function initialHeight(random: Random, { base, params }: Document["beacon"]): bigint {
  if (params.backend === BACKEND_INSECURE && !params.debug_mock_backend) {
    return base * params.insecure_parameters!.interval + 1n;
  }
  return random.pick([1n, 1n, 50n]);
}

function consensusParameters(random: Random): consensus.Parameters {
  return consensus.Parameters.make({
    timeout_commit: 1_000_000_000n,
    max_tx_size: 32_768n,
    max_block_size: 1_048_576n,
    max_block_gas: random.pick([0n, 0n, 20_000n, 1_000_000n]),
    max_evidence_size: 51_200n,
    min_gas_price: random.pick([0n, 0n, 1n]),
    gas_costs: costs(random, ["tx_byte"])?.size ? new Map([["tx_byte", random.pick([0n, 1n, 2n])]]) : null,
    public_key_blacklist: random.chance(0.2) ? [users.at(-1)!.publicKey, ...spareKeys()] : null,
    feature_version: random.pick([
      null,
      FEATURE_26_1,
      { major: 100, minor: 0, patch: 0 },
      { major: 26, minor: 0, patch: 9 },
    ]),
  });
}

/** Spare keys of one node. */
function spareKeys() {
  const keys = withSpareKeys(nodes[0]!, ["vrf", "tls", "p2p"]);
  return [keys.vrf, keys.tls, keys.p2p].map(({ publicKey }) => publicKey);
}

function schedulerParameters(
  random: Random,
  debug: boolean,
  bypassStake: boolean,
): scheduler.ConsensusParameters {
  const forced = random.some(nodes, 0.2).map(
    ({ id }, index) =>
      [
        toHex(id.publicKey),
        {
          kind: scheduler.KIND_COMPUTE_EXECUTOR,
          roles: random.some([scheduler.ROLE_WORKER, scheduler.ROLE_BACKUP_WORKER], 0.8),
          index: BigInt(index + (random.chance(0.2) ? random.int(4) : 0)),
        },
      ] as const,
  );
  return scheduler.ConsensusParameters.make({
    min_validators: random.pick([1n, 1n, 1n, 2n]),
    max_validators: BigInt(random.between(1, 6)),
    max_validators_per_entity: BigInt(random.between(1, 2)),
    debug_bypass_stake: bypassStake,
    reward_factor_epoch_election_any: random.bigint(200n),
    debug_force_elect:
      debug && random.chance(0.2) ? new Map([[toHex(COMPUTE_IDS[0]!), new Map(forced)]]) : null,
    debug_allow_weak_alpha: debug && random.chance(0.5),
    voting_power_distribution: random.int(2),
  });
}

function registryGenesis(random: Random, debug: boolean, base: bigint): registry.Genesis {
  const params = registry.ConsensusParameters.make({
    debug_allow_unroutable_addresses: debug && random.chance(0.5),
    debug_allow_test_runtimes: debug,
    debug_deploy_immediately: debug && random.chance(0.5),
    disable_runtime_registration: random.chance(0.1),
    disable_km_runtime_registration: !debug || random.chance(0.1),
    enable_km_churp: random.chance(0.5),
    gas_costs: costs(random, [
      "register_entity",
      "deregister_entity",
      "register_node",
      "unfreeze_node",
      "register_runtime",
      "runtime_epoch_maintenance",
      "prove_freshness",
    ]),
    max_node_expiration: BigInt(random.pick([5, 5, 20])),
    enable_runtime_governance_models: new Map([
      [GOVERNANCE_ENTITY, true],
      [GOVERNANCE_RUNTIME, true],
      [GOVERNANCE_CONSENSUS, true],
    ]),
    tee_features: debug ? teeFeatures(random) : null,
    max_runtime_deployments: random.pick([0, 3]),
  });
  const own = (entity: EntityKeys) => entity.nodes.map(({ id }) => id.publicKey);
  const registered = entities.slice(0, 4);
  const genesis = registry.Genesis.make({
    params,
    entities: registered.map((entity) => entityDescriptor(entity, own(entity))),
  });
  if (params.disable_runtime_registration) {
    genesis.nodes = registered.map(({ nodes: [first] }) =>
      genesisNode(random, first!, base, [], ROLE_VALIDATOR),
    );
    return genesis;
  }
  const owner = registered[0]!.signer.publicKey;
  const runtime = (id: Uint8Array) => ({
    ...randomRuntime(random, id, owner, base),
    admission_policy: { any_node: {}, entity_whitelist: null, per_role: null },
  });
  const usable = COMPUTE_IDS.filter((id) => debug || !isTestNamespace(id));
  const computeRuntimes = usable.slice(0, 2).map(runtime);
  genesis.runtimes = params.disable_km_runtime_registration
    ? computeRuntimes.map((compute) => ({ ...compute, key_manager: null }))
    : [runtime(KEY_MANAGER_ID), ...computeRuntimes.map(withPermittedKeyManager)];
  if (!params.disable_km_runtime_registration && random.chance(0.6)) {
    const versions = (id: Uint8Array) => ({ ...runtime(id), deployments: [oldConstraints(random, id)] });
    genesis.runtimes.push(versions(SGX_KEY_MANAGER_ID), versions(SGX_COMPUTE_ID));
  }
  if (debug && random.chance(0.3)) {
    genesis.suspended_runtimes = [{ ...runtime(COMPUTE_IDS[2]!), key_manager: null }];
  }
  const offered = (keys: NodeKeys) =>
    (genesis.runtimes ?? []).map(({ id }): NodeRuntime => {
      const tee = isSgx(id) ? teeCapability(keys.id.publicKey, id, 0, 0n, "EPID, version 0") : null;
      return offer(id, 0, null, tee);
    });
  const hasKeyManager = !params.disable_km_runtime_registration;
  const roles = ROLE_VALIDATOR | ROLE_COMPUTE_WORKER | (hasKeyManager ? ROLE_KEY_MANAGER : 0);
  genesis.nodes = registered.flatMap((entity, n) =>
    entity.nodes
      .slice(0, n === 0 ? 2 : 1)
      .map((keys) => genesisNode(random, keys, base, random.chance(0.8) ? offered(keys) : [], roles)),
  );
  if (random.chance(0.2)) {
    const frozen = registered[3]!.nodes[0]!.id.publicKey;
    const status = registry.NodeStatus.make({ freeze_end_time: base + 2n, election_eligible_after: base });
    genesis.node_statuses = new Map([[toHex(frozen), status]]);
  }
  return genesis;
}

/** A version with constraints in the form that needs no features. */
function oldConstraints(random: Random, id: Uint8Array) {
  const constraints = { ...SGXConstraints.zero(), v: 0, enclaves: [enclaveIdentity(id, 0)] };
  return { ...deployment(random, id, 0, 0n), tee: encode(SGXConstraints, constraints) };
}

/** Only test ParaTimes may use a key manager without a TEE. */
function withPermittedKeyManager(runtime: Runtime): Runtime {
  return isTestNamespace(runtime.id) || isSgx(runtime.id) ? runtime : { ...runtime, key_manager: null };
}

function teeFeatures(random: Random): TEEFeatures | null {
  const signed = random.chance(0.5);
  const sgx = {
    pcs: random.chance(0.7),
    signed_attestations: signed,
    default_policy: null,
    max_attestation_age: random.bigint(20n),
    tdx: random.chance(0.3),
  };
  return random.chance(0.2) ? null : { sgx, freshness_proofs: random.chance(0.7) };
}

/** What a node offers of a ParaTime. */
export function offer(
  id: Uint8Array,
  minor = 0,
  extraInfo: Uint8Array | null = null,
  tee: CapabilityTEE | null = null,
): NodeRuntime {
  return { id, version: { major: 0, minor, patch: 0 }, capabilities: { tee }, extra_info: extraInfo };
}

function genesisNode(random: Random, keys: NodeKeys, base: bigint, runtimes: NodeRuntime[], roles: number) {
  const expiration = base + BigInt(random.between(2, 5));
  const present = runtimes.length > 0 ? roles : ROLE_VALIDATOR;
  return signNode(nodeDescriptor(keys, { expiration, roles: present, runtimes }), keys);
}

function roothashParameters(
  random: Random,
  debug: boolean,
  bypassStake: boolean,
): roothash.ConsensusParameters {
  return roothash.ConsensusParameters.make({
    gas_costs: costs(random, ["compute_commit", "evidence", "submit_msg"]),
    debug_do_not_suspend_runtimes: debug && random.chance(0.3),
    debug_bypass_stake: bypassStake,
    max_runtime_messages: 4,
    max_in_runtime_messages: 4,
    max_evidence_age: BigInt(random.pick([0, 2, 5])),
    max_past_roots_stored: BigInt(random.pick([0, 1, 4])),
  });
}

function runtimeStates(random: Random, { runtimes }: registry.Genesis): roothash.Genesis["runtime_states"] {
  const compute = random.some(
    (runtimes ?? []).filter(({ kind }) => kind === 1),
    0.3,
  );
  if (compute.length === 0) {
    return null;
  }
  const message = { module: "staking", code: 5, index: 1, result: null };
  return new Map(
    compute.map(({ id, genesis }) => [
      toHex(id),
      {
        state_root: random.bytes(32),
        round: BigInt.asUintN(64, genesis.round + random.bigint(9n)),
        message_results: random.chance(0.5) ? [message] : null,
      },
    ]),
  );
}

function stakingGenesis(random: Random, base: bigint, bypassStake: boolean): staking.Genesis {
  const ledger = new Map<string, staking.Account>();
  const id = (address: Address) => toHex(address);
  for (const address of [...addresses, ...runtimeAddresses]) {
    const account = staking.Account.zero();
    account.general.balance = random.weighted([
      [1, 0n],
      [1, 5_000n],
      [9, 10n ** 8n],
      [9, 10n ** 9n],
    ]);
    account.general.nonce = random.pick([0n, 0n, 3n]);
    ledger.set(id(address), account);
  }
  const delegations = new Map<string, Map<string, staking.Delegation>>();
  const debonding = new Map<string, Map<string, staking.DebondingDelegation[]>>();
  const staked = [...entities.map(({ signer }) => stakingAddress(signer.publicKey)), ...runtimeAddresses];
  for (const escrow of staked) {
    const pool = ledger.get(id(escrow))!.escrow;
    // More than an entity registers: a network without the stake for its own genesis does not start.
    const active = new Map([[id(escrow), { shares: 1000n + random.bigint(2000n) }]]);
    for (const delegator of random.some(addresses, 0.2)) {
      if (id(delegator) !== id(escrow)) active.set(id(delegator), { shares: 400n + random.bigint(100n) });
    }
    delegations.set(id(escrow), active);
    pool.active.total_shares = Array.from(active.values(), ({ shares }) => shares).reduce(
      (a, b) => a + b,
      0n,
    );
    pool.active.balance = pool.active.total_shares + random.bigint(500n);
    if (random.chance(0.5)) {
      const ends = [1n, 2n].map((epochs) => ({ shares: 1n + random.bigint(50n), debond_end: base + epochs }));
      debonding.set(id(escrow), new Map([[id(random.pick(addresses)), ends]]));
      pool.debonding.total_shares = ends[0]!.shares + ends[1]!.shares;
      pool.debonding.balance = pool.debonding.total_shares + random.bigint(9n);
    }
  }
  const held = Array.from(
    ledger.values(),
    ({ general, escrow }) => general.balance + escrow.active.balance + escrow.debonding.balance,
  );
  const pools = {
    common_pool: random.pick([0n, 1000n, 10n ** 7n]),
    last_block_fees: random.bigint(10n),
  };
  const params = stakingParameters(random, bypassStake);
  for (const { signer } of random.some(entities, 0.6)) {
    const { escrow } = ledger.get(id(stakingAddress(signer.publicKey)))!;
    escrow.commission_schedule = commissionSchedule(random, base, params.commission_schedule_rules);
  }
  return staking.Genesis.make({
    params,
    token_symbol: "FUZZ",
    token_value_exponent: 9,
    total_supply: held.reduce((a, b) => a + b, pools.common_pool + pools.last_block_fees),
    ...pools,
    ledger,
    delegations,
    debonding_delegations: debonding.size > 0 ? debonding : null,
  });
}

/** A schedule that keeps the rules, with steps before and after the first epoch; empty where the rules allow none. */
function commissionSchedule(
  random: Random,
  base: bigint,
  rules: staking.CommissionScheduleRules,
): staking.CommissionSchedule {
  const { rate_change_interval: interval, min_commission_rate: min } = rules;
  const first = (base / interval) * interval;
  const steps = (max: number) =>
    Array.from({ length: Math.min(max, 3) }, (_, n) => first + BigInt(3 * n) * interval);
  const rates = steps(rules.max_rate_steps);
  const bounds = steps(rules.max_bound_steps);
  if (rates.length === 0 || bounds.length === 0) {
    return { rates: null, bounds: null };
  }
  return {
    rates: rates.map((start) => ({ start, rate: min + random.bigint(20_000n) })),
    bounds: bounds.map((start) => ({
      start,
      rate_min: min,
      rate_max: min + 20_000n + random.bigint(5_000n),
    })),
  };
}

function stakingParameters(random: Random, bypassStake: boolean): staking.ConsensusParameters {
  const kinds = [...staking.REQUIRED_THRESHOLD_KINDS, ...(random.chance(0.7) ? [7] : [])];
  return staking.ConsensusParameters.make({
    thresholds: new Map(kinds.map((kind) => [kind, random.bigint(random.pick([0n, 20n, 100n]))])),
    debonding_interval: BigInt(random.between(1, 3)),
    reward_schedule: random.chance(0.8)
      ? [
          { until: 9n, scale: 100_000n + random.bigint(100_000n) },
          { until: 1000n, scale: random.bigint(100_000n) },
        ]
      : null,
    ...signingReward(random),
    commission_schedule_rules: {
      rate_change_interval: BigInt(random.between(1, 2)),
      rate_bound_lead: random.bigint(3n),
      max_rate_steps: random.between(0, 4),
      max_bound_steps: random.between(0, 4),
      min_commission_rate: random.pick([0n, 0n, 5_000n]),
    },
    slashing: random.chance(0.8)
      ? new Map([
          [
            staking.SLASH_CONSENSUS_EQUIVOCATION,
            {
              amount: random.pick([0n, random.bigint(200n), 10n ** 6n]),
              freeze_interval: random.pick([0n, 1n, (1n << 64n) - 1n]),
            },
          ],
          [staking.SLASH_CONSENSUS_LIGHT_CLIENT_ATTACK, { amount: random.bigint(20n), freeze_interval: 2n }],
        ])
      : null,
    gas_costs: costs(random, [
      "transfer",
      "burn",
      "add_escrow",
      "reclaim_escrow",
      "amend_commission_schedule",
      "allow",
      "withdraw",
    ]),
    min_delegation: random.pick([0n, 0n, 10n]),
    min_transfer: random.pick([0n, 0n, 10n]),
    min_transact_balance: random.pick([0n, 0n, 20n]),
    disable_transfers: random.chance(0.1),
    disable_delegation: random.chance(0.1),
    undisable_transfers_from: random.chance(0.2)
      ? new Map(random.some(addresses, 0.5).map((address) => [toHex(address), random.chance(0.8)]))
      : null,
    allow_escrow_messages: random.chance(0.7),
    max_allowances: random.pick([0, 1, 8, 8]),
    fee_split_weight_propose: random.bigint(2n),
    fee_split_weight_vote: 1n,
    fee_split_weight_next_propose: random.bigint(2n),
    reward_factor_epoch_signed: random.bigint(200n),
    reward_factor_block_proposed: random.bigint(200n),
    debug_bypass_stake: bypassStake,
  });
}

function signingReward(random: Random) {
  return random.chance(0.2)
    ? {}
    : {
        signing_reward_threshold_numerator: random.bigint(3n),
        signing_reward_threshold_denominator: random.pick([3n, 4n]),
      };
}

function keymanagerGenesis(random: Random, runtimes: readonly Runtime[]): keymanager.Genesis {
  const hasKeyManager = runtimes.some(({ kind }) => kind === 2);
  const status = (id: Uint8Array) => ({
    ...keymanager.Status.zero(),
    id,
    checksum: random.pick([null, new Uint8Array(0)]),
  });
  return keymanager.Genesis.make({
    params: {
      gas_costs: costs(random, ["update_policy", "publish_master_secret", "publish_ephemeral_secret"]),
    },
    statuses:
      hasKeyManager && random.chance(0.5) ? [status(KEY_MANAGER_ID), status(SECOND_KEY_MANAGER_ID)] : null,
    churp: random.chance(0.7) ? { params: { gas_costs: costs(random, ["create"]) }, statuses: null } : null,
  });
}

function governanceParameters(random: Random): governance.ConsensusParameters {
  return governance.ConsensusParameters.make({
    gas_costs: costs(random, ["submit_proposal", "cast_vote"]),
    min_proposal_deposit: random.bigint(100n),
    voting_period: 1n,
    stake_threshold: 67,
    upgrade_min_epoch_diff: 2n,
    upgrade_cancel_min_epoch_diff: 2n,
    enable_change_parameters_proposal: random.chance(0.9),
    allow_vote_without_entity: random.chance(0.5),
    allow_proposal_metadata: random.chance(0.5),
  });
}

function vaultParameters(random: Random): vault.ConsensusParameters {
  return vault.ConsensusParameters.make({
    enabled: random.chance(0.85),
    max_authority_addresses: random.pick([1, 3, 32]),
    gas_costs: costs(random, ["create", "authorize_action", "cancel_action"]),
  });
}
