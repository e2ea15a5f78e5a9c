import type { OptionSpec } from "../command.ts";
import { genesisFileOption, testEntityOption } from "./common.ts";

const unsafe = { isHidden: true } as const;
/** Flags of 21.x whose parameters are gone: accepted so that old scripts work, without effect. */
const gone = { isHidden: true, summary: "of 21.x; has no effect" } as const;

/** Flags of `genesis init`, with the names of 26.1. */
export const genesisInitOptions: readonly OptionSpec[] = [
  genesisFileOption,
  { name: "chain.id", value: "TEXT", summary: "name of the network" },
  { name: "initial_height", value: "HEIGHT", default: "1", summary: "height of the first block" },
  { name: "entity", value: "FILE", isList: true, summary: "signed entities" },
  { name: "runtime", value: "FILE", isList: true, summary: "ParaTime descriptors" },
  { name: "node", value: "FILE", isList: true, summary: "signed nodes" },
  { name: "roothash", value: "FILE", isList: true, summary: "ParaTime states to start from" },
  { name: "keymanager", value: "FILE", isList: true, summary: "key manager statuses" },
  { name: "staking", value: "FILE", summary: "staking state: accounts, delegations, parameters" },

  {
    name: "registry.max_node_expiration",
    value: "EPOCHS",
    default: "5",
    summary: "longest registration of a node",
  },
  { name: "registry.disable_runtime_registration", summary: "no ParaTimes besides those of the document" },
  {
    name: "registry.enable_runtime_governance_models",
    value: "MODEL",
    isList: true,
    default: "entity",
    summary: "who may govern ParaTimes: entity, runtime, consensus",
  },
  { name: "registry.debug.allow_unroutable_addresses", summary: "accept private addresses", ...unsafe },
  { name: "registry.debug.allow_test_runtimes", summary: "accept test ParaTimes", ...unsafe },
  { name: "registry.tee_features.sgx.pcs", default: "true", summary: "accept SGX attestation by PCS" },
  {
    name: "registry.tee_features.sgx.signed_attestations",
    default: "true",
    summary: "require attestations signed by the enclave",
  },
  {
    name: "registry.tee_features.sgx.default_max_attestation_age",
    value: "BLOCKS",
    default: "1200",
    summary: "longest validity of an attestation",
  },
  { name: "registry.tee_features.freshness_proofs", default: "true", summary: "accept freshness proofs" },

  { name: "scheduler.min_validators", value: "N", default: "1", summary: "fewest validators" },
  { name: "scheduler.max_validators", value: "N", default: "100", summary: "most validators" },
  {
    name: "scheduler.max_validators_per_entity",
    value: "N",
    default: "1",
    summary: "most validators of one entity",
  },
  { name: "scheduler.debug.bypass_stake", summary: "elect without stake", ...unsafe },
  { name: "scheduler.debug.force_elect", value: "JSON", summary: "nodes that are always elected", ...unsafe },
  { name: "scheduler.debug.allow_weak_alpha", summary: "elect with weak randomness", ...unsafe },

  {
    name: "governance.min_proposal_deposit",
    value: "AMOUNT",
    default: "100",
    summary: "deposit of a proposal",
  },
  {
    name: "governance.stake_threshold",
    value: "PERCENT",
    default: "90",
    summary: "stake that must vote for a proposal",
  },
  {
    name: "governance.upgrade_cancel_min_epoch_diff",
    value: "EPOCHS",
    default: "300",
    summary: "shortest time before an upgrade in which it can be cancelled",
  },
  {
    name: "governance.upgrade_min_epoch_diff",
    value: "EPOCHS",
    default: "300",
    summary: "shortest time before an upgrade in which it can be proposed",
  },
  { name: "governance.voting_period", value: "EPOCHS", default: "100", summary: "how long votes are open" },
  {
    name: "governance.enable_change_parameters_proposal",
    default: "true",
    summary: "allow proposals that change parameters",
  },

  { name: "beacon.backend", value: "NAME", default: "insecure", summary: "insecure or vrf" },
  { name: "beacon.debug.mock_backend", summary: "epochs are set by hand", ...unsafe },
  {
    name: "beacon.insecure.cometbft.interval",
    value: "BLOCKS",
    default: "86400",
    summary: "length of an epoch",
  },
  { name: "beacon.vrf.alpha_threshold", value: "N", default: "1", summary: "proofs needed for elections" },
  { name: "beacon.vrf.interval", value: "BLOCKS", default: "86300", summary: "length of an epoch" },
  {
    name: "beacon.vrf.submission_delay",
    value: "BLOCKS",
    default: "43150",
    summary: "blocks of an epoch before proofs are accepted",
  },

  { name: "roothash.max_runtime_messages", value: "N", default: "128", summary: "most messages of a round" },
  {
    name: "roothash.max_in_runtime_messages",
    value: "N",
    default: "128",
    summary: "most messages that wait for a ParaTime",
  },
  {
    name: "roothash.max_past_roots_stored",
    value: "N",
    default: "1200",
    summary: "roots of past rounds kept",
  },
  { name: "roothash.debug.do_not_suspend_runtimes", summary: "never suspend a ParaTime", ...unsafe },
  { name: "roothash.debug.bypass_stake", summary: "no stake checks", ...unsafe },

  { name: "staking.token_symbol", value: "TEXT", default: "", summary: "symbol of the token" },
  {
    name: "staking.token_value_exponent",
    value: "N",
    default: "0",
    summary: "decimal places of the token: base units are 10^-N tokens",
  },
  { name: "staking.debug.bypass_stake", summary: "no stake checks", ...unsafe },

  { name: "consensus.backend", value: "NAME", default: "tendermint", summary: "tendermint" },
  { name: "consensus.cometbft.timeout_commit", value: "TIME", default: "1s", summary: "pause after a block" },
  { name: "consensus.cometbft.skip_timeout_commit", summary: "no pause once all have signed" },
  {
    name: "consensus.cometbft.empty_block_interval",
    value: "TIME",
    default: "0s",
    summary: "time between blocks without transactions",
  },
  { name: "consensus.cometbft.max_tx_size", value: "SIZE", default: "128kb", summary: "largest transaction" },
  { name: "consensus.cometbft.max_block_size", value: "SIZE", default: "4mb", summary: "largest block" },
  {
    name: "consensus.cometbft.max_block_gas",
    value: "GAS",
    default: "0",
    summary: "most gas of a block; 0: any",
  },
  {
    name: "consensus.cometbft.max_evidence_size",
    value: "SIZE",
    default: "1mb",
    summary: "most evidence of a block",
  },
  {
    name: "consensus.state_checkpoint.interval",
    value: "BLOCKS",
    default: "10000",
    summary: "blocks between checkpoints of the state",
  },
  { name: "consensus.state_checkpoint.num_kept", value: "N", default: "2", summary: "checkpoints kept" },
  {
    name: "consensus.state_checkpoint.chunk_size",
    value: "SIZE",
    default: "8mb",
    summary: "size of their pieces",
  },
  {
    name: "consensus.gas_costs.tx_byte",
    value: "GAS",
    default: "1",
    summary: "gas per byte of a transaction",
  },
  {
    name: "consensus.blacklist_public_key",
    value: "KEY",
    isList: true,
    summary: "keys that are never valid",
  },
  { name: "consensus.feature_version", value: "VERSION", default: "", summary: "features on from the start" },
  testEntityOption,

  { name: "halt.epoch", value: "EPOCH", ...gone },
  { name: "registry.debug.bypass_stake", ...gone },
  { name: "scheduler.debug.static_validators", ...gone },
  { name: "governance.quorum", value: "PERCENT", ...gone },
  { name: "governance.threshold", value: "PERCENT", ...gone },
  { name: "beacon.debug.deterministic", ...gone },
];

/** Flags that 21.x spells differently: old name, name of 26.1. */
export const genesisInitAliases: Readonly<Record<string, string>> = {
  "beacon.insecure.tendermint.interval": "beacon.insecure.cometbft.interval",
  "consensus.tendermint.timeout_commit": "consensus.cometbft.timeout_commit",
  "consensus.tendermint.skip_timeout_commit": "consensus.cometbft.skip_timeout_commit",
  "consensus.tendermint.empty_block_interval": "consensus.cometbft.empty_block_interval",
  "consensus.tendermint.max_tx_size": "consensus.cometbft.max_tx_size",
  "consensus.tendermint.max_block_size": "consensus.cometbft.max_block_size",
  "consensus.tendermint.max_block_gas": "consensus.cometbft.max_block_gas",
  "consensus.tendermint.max_evidence_size": "consensus.cometbft.max_evidence_size",
};
