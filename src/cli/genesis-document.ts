import { parseJson } from "../codec/go-json.ts";
import * as beacon from "../types/beacon.ts";
import type { Version } from "../types/common.ts";
import { Document } from "../types/genesis.ts";
import { RuntimeGovernanceModel } from "../types/runtime.ts";
import { ConsensusParameters as SchedulerParameters } from "../types/scheduler.ts";
import * as staking from "../types/staking.ts";
import { UsageError } from "./errors.ts";
import type { Given } from "./given.ts";

const U32_MAX = 0xffff_ffff;
const INT_MAX = 0x7fff_ffff;

/** Gas costs that the official command writes, the same for every operation of a service. */
const DEFAULT_GAS = 1000n;

function gasCosts(...operations: string[]): Map<string, bigint> {
  return new Map(operations.map((operation) => [operation, DEFAULT_GAS]));
}

/** The parts of a genesis document that flags alone decide. Pure. @throws UsageError */
export function documentFromFlags(given: Given): Document {
  return {
    ...Document.zero(),
    height: given.i64("initial_height"),
    chain_id: given.required("chain.id"),
    registry: registryGenesis(given),
    roothash: roothashGenesis(given),
    staking: stakingDefaults(),
    keymanager: {
      ...Document.zero().keymanager,
      params: { gas_costs: gasCosts("update_policy", "publish_master_secret", "publish_ephemeral_secret") },
    },
    scheduler: schedulerGenesis(given),
    governance: governanceGenesis(given),
    beacon: beaconGenesis(given),
    consensus: consensusGenesis(given),
  };
}

function registryGenesis(given: Given): Document["registry"] {
  const models = given.list("registry.enable_runtime_governance_models").map((name) => {
    try {
      return [RuntimeGovernanceModel.fromJson(name.toLowerCase(), ""), true] as const;
    } catch {
      throw new UsageError(`--registry.enable_runtime_governance_models: unknown model "${name}"`);
    }
  });
  const pcs = given.switch("registry.tee_features.sgx.pcs");
  const signed = given.switch("registry.tee_features.sgx.signed_attestations");
  const freshness = given.switch("registry.tee_features.freshness_proofs");
  const maxAge = given.u64("registry.tee_features.sgx.default_max_attestation_age");
  const zero = Document.zero().registry;
  return {
    ...zero,
    params: {
      ...zero.params,
      debug_allow_unroutable_addresses: given.switch("registry.debug.allow_unroutable_addresses"),
      debug_allow_test_runtimes: given.switch("registry.debug.allow_test_runtimes"),
      gas_costs: gasCosts(
        "register_entity",
        "deregister_entity",
        "register_node",
        "unfreeze_node",
        "register_runtime",
        "runtime_epoch_maintenance",
        "prove_freshness",
      ),
      max_node_expiration: given.u64("registry.max_node_expiration"),
      disable_runtime_registration: given.switch("registry.disable_runtime_registration"),
      enable_runtime_governance_models: new Map(models),
      tee_features:
        pcs || signed || freshness
          ? {
              sgx: {
                pcs,
                signed_attestations: signed,
                default_policy: null,
                max_attestation_age: signed ? maxAge : 0n,
                tdx: false,
              },
              freshness_proofs: freshness,
            }
          : null,
    },
    entities: [],
    runtimes: [],
    nodes: [],
  };
}

function roothashGenesis(given: Given): Document["roothash"] {
  return {
    params: {
      ...Document.zero().roothash.params,
      gas_costs: gasCosts("compute_commit", "proposer_timeout", "evidence", "submit_msg"),
      debug_do_not_suspend_runtimes: given.switch("roothash.debug.do_not_suspend_runtimes"),
      debug_bypass_stake: given.switch("roothash.debug.bypass_stake"),
      max_runtime_messages: given.int("roothash.max_runtime_messages", 0, U32_MAX),
      max_in_runtime_messages: given.int("roothash.max_in_runtime_messages", 0, U32_MAX),
      max_past_roots_stored: given.u64("roothash.max_past_roots_stored"),
    },
    runtime_states: new Map(),
  };
}

/** Staking state before a file of it is read: the shortest debonding that is valid. */
function stakingDefaults(): Document["staking"] {
  const zero = staking.Genesis.zero();
  return { ...zero, params: { ...zero.params, debonding_interval: 1n }, ledger: new Map() };
}

/** Overrides of the staking state by flags, and what it needs to be valid when a file left it out. */
export function completeStaking(state: Document["staking"], given: Given): Document["staking"] {
  const symbol = given.text("staking.token_symbol") || state.token_symbol;
  if (symbol === "") throw new UsageError("--staking.token_symbol is missing");
  const exponent = given.int("staking.token_value_exponent", 0, 0xff);
  const { params } = state;
  const kinds = [...staking.REQUIRED_THRESHOLD_KINDS, staking.KIND_KEY_MANAGER_CHURP];
  return {
    ...state,
    token_symbol: symbol,
    token_value_exponent: exponent === 0 ? state.token_value_exponent : exponent,
    params: {
      ...params,
      fee_split_weight_vote: params.fee_split_weight_vote === 0n ? 1n : params.fee_split_weight_vote,
      thresholds: params.thresholds?.size ? params.thresholds : new Map(kinds.map((kind) => [kind, 0n])),
      debug_bypass_stake: given.switch("staking.debug.bypass_stake"),
    },
  };
}

function schedulerGenesis(given: Given): Document["scheduler"] {
  const forced = given.text("scheduler.debug.force_elect");
  const params = {
    ...SchedulerParameters.zero(),
    min_validators: BigInt(given.int("scheduler.min_validators", 0, INT_MAX)),
    max_validators: BigInt(given.int("scheduler.max_validators", 0, INT_MAX)),
    max_validators_per_entity: BigInt(given.int("scheduler.max_validators_per_entity", 0, INT_MAX)),
    debug_bypass_stake: given.switch("scheduler.debug.bypass_stake"),
    debug_allow_weak_alpha: given.switch("scheduler.debug.allow_weak_alpha"),
  };
  if (forced === "") return { params };
  try {
    const json = { ...(SchedulerParameters.toJson(params) as object), debug_force_elect: parseJson(forced) };
    return { params: SchedulerParameters.fromJson(json, "") };
  } catch (error) {
    throw new UsageError(`--scheduler.debug.force_elect: ${(error as Error).message}`);
  }
}

function governanceGenesis(given: Given): Document["governance"] {
  const zero = Document.zero().governance;
  return {
    ...zero,
    params: {
      ...zero.params,
      gas_costs: gasCosts("submit_proposal", "cast_vote"),
      min_proposal_deposit: given.u64("governance.min_proposal_deposit"),
      stake_threshold: given.int("governance.stake_threshold", 0, 0xff),
      upgrade_cancel_min_epoch_diff: given.u64("governance.upgrade_cancel_min_epoch_diff"),
      upgrade_min_epoch_diff: given.u64("governance.upgrade_min_epoch_diff"),
      voting_period: given.u64("governance.voting_period"),
      enable_change_parameters_proposal: given.switch("governance.enable_change_parameters_proposal"),
    },
  };
}

function beaconGenesis(given: Given): Document["beacon"] {
  const backend = given.text("beacon.backend");
  const params = {
    ...beacon.ConsensusParameters.zero(),
    backend,
    debug_mock_backend: given.switch("beacon.debug.mock_backend"),
  };
  if (backend === beacon.BACKEND_INSECURE) {
    const interval = given.i64("beacon.insecure.cometbft.interval");
    return { base: 0n, params: { ...params, insecure_parameters: { interval } } };
  }
  if (backend === beacon.BACKEND_VRF) {
    const vrf = {
      alpha_hq_threshold: given.u64("beacon.vrf.alpha_threshold"),
      interval: given.i64("beacon.vrf.interval"),
      proof_delay: given.i64("beacon.vrf.submission_delay"),
      gas_costs: gasCosts("vrf_prove"),
    };
    return { base: 0n, params: { ...params, vrf_parameters: vrf } };
  }
  throw new UsageError(`--beacon.backend: unsupported beacon backend "${backend}"`);
}

function consensusGenesis(given: Given): Document["consensus"] {
  const blacklist = given.publicKeys("consensus.blacklist_public_key");
  return {
    backend: given.text("consensus.backend"),
    params: {
      ...Document.zero().consensus.params,
      timeout_commit: given.duration("consensus.cometbft.timeout_commit"),
      skip_timeout_commit: given.switch("consensus.cometbft.skip_timeout_commit"),
      empty_block_interval: given.duration("consensus.cometbft.empty_block_interval"),
      max_tx_size: given.size("consensus.cometbft.max_tx_size"),
      max_block_size: given.size("consensus.cometbft.max_block_size"),
      max_block_gas: given.u64("consensus.cometbft.max_block_gas"),
      max_evidence_size: given.size("consensus.cometbft.max_evidence_size"),
      state_checkpoint_interval: given.u64("consensus.state_checkpoint.interval"),
      state_checkpoint_num_kept: given.u64("consensus.state_checkpoint.num_kept"),
      state_checkpoint_chunk_size: given.size("consensus.state_checkpoint.chunk_size"),
      gas_costs: new Map([["tx_byte", given.u64("consensus.gas_costs.tx_byte")]]),
      public_key_blacklist: blacklist.length === 0 ? null : blacklist,
      feature_version: featureVersion(given.text("consensus.feature_version")),
    },
  };
}

function featureVersion(text: string): Version | null {
  if (text === "") return null;
  const match = /^(\d{1,5})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?$/.exec(text);
  if (match === null)
    throw new UsageError(`--consensus.feature_version: expected 26.1 or alike, not "${text}"`);
  return { major: Number(match[1]), minor: Number(match[2] ?? 0), patch: Number(match[3] ?? 0) };
}
