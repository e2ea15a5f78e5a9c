import { formatAddress } from "../../codec/address.ts";
import { toHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import { encode } from "../../codec/schema.ts";
import { contexts } from "../../crypto/contexts.ts";
import { EMPTY_HASH } from "../../crypto/hash.ts";
import type { NodeIdentity } from "../../crypto/identity.ts";
import { type Signer, sign } from "../../crypto/signature.ts";
import { stakingAddress } from "../../types/account-address.ts";
import { parseAddress } from "../../types/address.ts";
import { BACKEND_INSECURE } from "../../types/beacon.ts";
import type { Version } from "../../types/common.ts";
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
  entity: Signer;
  identity: NodeIdentity;
  consensusAddress: string;
  p2pAddress: string;
  runtimeId: Namespace;
  runtimeVersion: Version;
  softwareVersion: string;
  timeoutCommitMs: number;
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
const entityBalance = 1_000_000_000n * tokens;
const entityEscrow = 1_000_000n * tokens;
const nodeBalance = 1_000n * tokens;
const second = 1_000_000_000n;

/** A network of one entity with one node, which is validator and compute node of one ParaTime. */
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

function consensusGenesis({ timeoutCommitMs }: LocalnetGenesisOptions): consensus.Genesis {
  return {
    backend: consensus.BACKEND_COMETBFT,
    params: consensus.Parameters.make({
      timeout_commit: BigInt(timeoutCommitMs) * 1_000_000n,
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
  const { entity, identity } = options;
  const descriptor: Entity = {
    v: LATEST_ENTITY_DESCRIPTOR_VERSION,
    id: entity.publicKey,
    nodes: [identity.node.publicKey],
  };
  const blob = encode(Entity, descriptor);
  const node = nodeDescriptor({
    identity,
    entityId: entity.publicKey,
    expiration: 2n,
    // Elected at the first epoch boundary whether or not the first registration comes in time.
    roles: ROLE_VALIDATOR | ROLE_COMPUTE_WORKER,
    runtimes: [
      {
        id: options.runtimeId,
        version: options.runtimeVersion,
        capabilities: { tee: null },
        extra_info: null,
      },
    ],
    consensusAddresses: [parseAddress(options.consensusAddress)!],
    p2pAddresses: [parseAddress(options.p2pAddress)!],
    softwareVersion: options.softwareVersion,
  });
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
    entities: [{ untrusted_raw_value: blob, signature: sign(entity, contexts.registerEntity, blob) }],
    runtimes: [localRuntime(options)],
    nodes: [signNodeDescriptor(identity, node)],
  });
}

function localRuntime(options: LocalnetGenesisOptions): Runtime {
  const runtime = Runtime.zero();
  runtime.v = LATEST_RUNTIME_DESCRIPTOR_VERSION;
  runtime.id = options.runtimeId;
  runtime.entity_id = options.entity.publicKey;
  runtime.genesis = { state_root: EMPTY_HASH, round: 0n };
  runtime.kind = KIND_COMPUTE;
  runtime.executor = {
    ...runtime.executor,
    group_size: 1,
    group_backup_size: 0,
    allowed_stragglers: 0,
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
    { version: options.runtimeVersion, valid_from: 0n, tee: null, bundle_checksum: null },
  ];
  return runtime;
}

function stakingGenesis({ entity, identity }: LocalnetGenesisOptions): staking.Genesis {
  const entityAddress = stakingAddress(entity.publicKey);
  const entityAccount = staking.Account.zero();
  entityAccount.general.balance = entityBalance;
  entityAccount.escrow.active = { balance: entityEscrow, total_shares: entityEscrow };
  const nodeAccount = staking.Account.zero();
  nodeAccount.general.balance = nodeBalance;
  const key = toHex(entityAddress);
  return staking.Genesis.make({
    params: staking.ConsensusParameters.make({
      thresholds: new Map([0, 1, 2, 3, 4, 5, 6, 7].map((kind) => [kind, 0n] as const)),
      debonding_interval: 2n,
      max_allowances: 16,
      fee_split_weight_vote: 1n,
    }),
    token_symbol: "TEST",
    token_value_exponent: 9,
    total_supply: entityBalance + entityEscrow + nodeBalance,
    ledger: new Map([
      [key, entityAccount],
      [toHex(stakingAddress(identity.node.publicKey)), nodeAccount],
    ]),
    delegations: new Map([[key, new Map([[key, { shares: entityEscrow }]])]]),
  });
}

/** Where the local network's money is: shown to the user. */
export function fundedAccount(entity: Signer): string {
  return formatAddress(stakingAddress(entity.publicKey));
}
