import { formatAddress } from "../../codec/address.ts";
import { toHex } from "../../codec/bytes.ts";
import type { Hash, Namespace } from "../../codec/common-types.ts";
import { encode } from "../../codec/schema.ts";
import { contexts } from "../../crypto/contexts.ts";
import { EMPTY_HASH } from "../../crypto/hash.ts";
import type { NodeIdentity } from "../../crypto/identity.ts";
import { type Signer, sign } from "../../crypto/signature.ts";
import { stakingAddress } from "../../types/account-address.ts";
import { parseAddress } from "../../types/address.ts";
import { BACKEND_INSECURE } from "../../types/beacon.ts";
import type { MultiSigned, Version } from "../../types/common.ts";
import * as consensus from "../../types/consensus.ts";
import { Entity, LATEST_ENTITY_DESCRIPTOR_VERSION } from "../../types/entity.ts";
import { Document } from "../../types/genesis.ts";
import * as governance from "../../types/governance.ts";
import * as registry from "../../types/registry.ts";
import { ROLE_COMPUTE_WORKER, ROLE_VALIDATOR } from "../../types/roles.ts";
import * as roothash from "../../types/roothash.ts";
import {
  GOVERNANCE_ENTITY,
  KIND_COMPUTE,
  LATEST_RUNTIME_DESCRIPTOR_VERSION,
  Runtime,
} from "../../types/runtime.ts";
import * as scheduler from "../../types/scheduler.ts";
import * as staking from "../../types/staking.ts";
import { FEATURE_26_1 } from "../../types/versions.ts";
import { nodeDescriptor, signNodeDescriptor } from "../../workers/registration/node-descriptor.ts";

export interface LocalnetGenesisOptions {
  /** Unix nanoseconds. */
  time: bigint;
  /** At least one; the first one's entity owns the ParaTime. */
  validators: readonly GenesisValidator[];
  /** How many of them, from the first on, are the ParaTime's committee. */
  compute: number;
  runtimeId: Namespace;
  runtimeVersion: Version;
  /** Hash of the bundle's manifest; null where the ParaTime is a plain executable. */
  bundleChecksum: Hash | null;
  softwareVersion: string;
  timeoutCommitMs: number;
  /** How long a block without transactions is waited with; 0: not at all. */
  emptyBlockIntervalMs: number;
}

/** A node that signs blocks from the first one on, and the entity that vouches for it. */
export interface GenesisValidator {
  entity: Signer;
  identity: NodeIdentity;
  consensusAddress: string;
  p2pAddress: string;
}

/** Blocks per epoch. Blocks come as fast as transactions, so this is minutes when idle and seconds under load. */
const epochInterval = 1000n;
/**
 * The chain begins this many blocks before an epoch boundary: the first election, which makes the node the ParaTime's
 * committee, is then a moment away instead of a whole epoch. Epoch boundaries are multiples of the interval whatever the
 * first height is (facts/consensus-b.md 2.2); the first two blocks cannot change the epoch (consensus-a.md 0.9).
 */
const blocksBeforeFirstEpoch = 2n;

const tokens = 1_000_000_000n;
/** The account that is shown to the user; more of this size would not fit into a total supply. */
const fundedBalance = 1_000_000_000n * tokens;
const entityBalance = 1_000_000n * tokens;
const entityEscrow = 1_000_000n * tokens;
const nodeBalance = 1_000n * tokens;
const second = 1_000_000_000n;

/** A network of validators with equal power, each of an entity of its own. The first ones compute for one ParaTime. */
export function localnetGenesis(options: LocalnetGenesisOptions): Document {
  const document = Document.zero();
  document.height = epochInterval - blocksBeforeFirstEpoch;
  document.genesis_time = options.time;
  document.chain_id = `localnet ${new Date(Number(options.time / 1_000_000n)).toISOString()}`;
  document.consensus = consensusGenesis(options);
  document.beacon = {
    base: 0n,
    params: {
      backend: BACKEND_INSECURE,
      debug_mock_backend: false,
      insecure_parameters: { interval: epochInterval },
      vrf_parameters: null,
    },
  };
  document.registry = registryGenesis(options);
  document.roothash.params = roothash.ConsensusParameters.make({
    max_runtime_messages: 128,
    max_in_runtime_messages: 128,
    max_evidence_age: 100n,
    max_past_roots_stored: 100n,
  });
  document.staking = stakingGenesis(options);
  document.scheduler.params = scheduler.ConsensusParameters.make({
    min_validators: 1n,
    max_validators: 100n,
    max_validators_per_entity: 1n,
  });
  document.governance.params = governance.ConsensusParameters.make({
    min_proposal_deposit: 100n * tokens,
    voting_period: 10n,
    stake_threshold: 68,
    upgrade_min_epoch_diff: 15n,
    upgrade_cancel_min_epoch_diff: 15n,
    enable_change_parameters_proposal: true,
  });
  return document;
}

function consensusGenesis({
  timeoutCommitMs,
  emptyBlockIntervalMs,
}: LocalnetGenesisOptions): consensus.Genesis {
  return {
    backend: consensus.BACKEND_COMETBFT,
    params: consensus.Parameters.make({
      timeout_commit: BigInt(timeoutCommitMs) * 1_000_000n,
      empty_block_interval: BigInt(emptyBlockIntervalMs) * 1_000_000n,
      max_tx_size: 131_072n,
      max_block_size: 4_194_304n,
      max_evidence_size: 51_200n,
      // What the official `genesis init` writes, so that further nodes can start from a checkpoint.
      state_checkpoint_interval: 10_000n,
      state_checkpoint_num_kept: 2n,
      state_checkpoint_chunk_size: 8n << 20n,
      feature_version: FEATURE_26_1,
    }),
  };
}

function registryGenesis(options: LocalnetGenesisOptions): registry.Genesis {
  return registry.Genesis.make({
    params: registry.ConsensusParameters.make({
      debug_allow_unroutable_addresses: true,
      debug_allow_test_runtimes: true,
      max_node_expiration: 5n,
      enable_runtime_governance_models: new Map([
        [1, true],
        [2, true],
      ]),
    }),
    entities: options.validators.map(signedEntity),
    runtimes: [localRuntime(options)],
    nodes: options.validators.map((validator, index) =>
      signedNode(validator, index < options.compute, options),
    ),
  });
}

function signedEntity({ entity, identity }: GenesisValidator) {
  const descriptor: Entity = {
    v: LATEST_ENTITY_DESCRIPTOR_VERSION,
    id: entity.publicKey,
    nodes: [identity.node.publicKey],
  };
  const blob = encode(Entity, descriptor);
  return { untrusted_raw_value: blob, signature: sign(entity, contexts.registerEntity, blob) };
}

function signedNode(
  { entity, identity, consensusAddress, p2pAddress }: GenesisValidator,
  computes: boolean,
  { runtimeId, runtimeVersion, softwareVersion }: LocalnetGenesisOptions,
): MultiSigned {
  const runtime = { id: runtimeId, version: runtimeVersion, capabilities: { tee: null }, extra_info: null };
  const node = nodeDescriptor({
    identity,
    entityId: entity.publicKey,
    expiration: 2n,
    // Elected at the first epoch boundary whether or not the first registration comes in time.
    roles: computes ? ROLE_VALIDATOR | ROLE_COMPUTE_WORKER : ROLE_VALIDATOR,
    runtimes: computes ? [runtime] : [],
    consensusAddresses: [parseAddress(consensusAddress)!],
    p2pAddresses: [parseAddress(p2pAddress)!],
    softwareVersion,
  });
  return signNodeDescriptor(identity, node);
}

function localRuntime(options: LocalnetGenesisOptions): Runtime {
  const runtime = Runtime.zero();
  runtime.v = LATEST_RUNTIME_DESCRIPTOR_VERSION;
  runtime.id = options.runtimeId;
  runtime.entity_id = options.validators[0]!.entity.publicKey;
  runtime.genesis = { state_root: EMPTY_HASH, round: 0n };
  runtime.kind = KIND_COMPUTE;
  runtime.executor = {
    ...runtime.executor,
    group_size: options.compute,
    // Where several compute, they also settle what they do not agree on.
    group_backup_size: options.compute === 1 ? 0 : options.compute,
    allowed_stragglers: Math.floor(options.compute / 3),
    round_timeout: 20n,
    max_messages: 128,
  };
  runtime.txn_scheduler = {
    // Only rounds without transactions wait for this long.
    batch_flush_timeout: 5n * second,
    max_batch_size: 1000n,
    max_batch_size_bytes: 16_777_216n,
    max_in_messages: 128,
    propose_batch_timeout: 5n * second,
  };
  runtime.admission_policy.any_node = {};
  runtime.governance_model = GOVERNANCE_ENTITY;
  runtime.deployments = [
    { version: options.runtimeVersion, valid_from: 0n, tee: null, bundle_checksum: options.bundleChecksum },
  ];
  return runtime;
}

function stakingGenesis({ validators }: LocalnetGenesisOptions): staking.Genesis {
  const ledger = new Map<string, staking.Account>();
  const delegations = new Map<string, Map<string, { shares: bigint }>>();
  let total = 0n;
  for (const [index, { entity, identity }] of validators.entries()) {
    const key = toHex(stakingAddress(entity.publicKey));
    const balance = index === 0 ? fundedBalance : entityBalance;
    ledger.set(key, account(balance, entityEscrow));
    ledger.set(toHex(stakingAddress(identity.node.publicKey)), account(nodeBalance, 0n));
    total += balance + entityEscrow + nodeBalance;
    delegations.set(key, new Map([[key, { shares: entityEscrow }]]));
  }
  return staking.Genesis.make({
    params: staking.ConsensusParameters.make({
      thresholds: new Map([0, 1, 2, 3, 4, 5, 6, 7].map((kind) => [kind, 0n] as const)),
      debonding_interval: 2n,
      max_allowances: 16,
      fee_split_weight_vote: 1n,
    }),
    token_symbol: "TEST",
    token_value_exponent: 9,
    total_supply: total,
    ledger,
    delegations,
  });
}

function account(balance: bigint, escrow: bigint): staking.Account {
  const made = staking.Account.zero();
  made.general.balance = balance;
  made.escrow.active = { balance: escrow, total_shares: escrow };
  return made;
}

/** Where the local network's money is: shown to the user. */
export function fundedAccount(entity: Signer): string {
  return formatAddress(stakingAddress(entity.publicKey));
}
