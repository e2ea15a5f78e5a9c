import { address, namespace } from "../codec/common-types.ts";
import { bool, bytes, i64, list, map, nullable, quantity, text, u8, u64 } from "../codec/schema.ts";
import * as consensusApi from "../types/api-consensus.ts";
import * as control from "../types/api-control.ts";
import * as runtimeApi from "../types/api-runtime-client.ts";
import * as storageWorkerApi from "../types/api-storage-worker.ts";
import * as beacon from "../types/beacon.ts";
import * as churp from "../types/churp.ts";
import * as consensusTypes from "../types/consensus.ts";
import { Entity } from "../types/entity.ts";
import * as genesis from "../types/genesis.ts";
import * as governance from "../types/governance.ts";
import * as secrets from "../types/keymanager.ts";
import { Node } from "../types/node.ts";
import * as registry from "../types/registry.ts";
import * as roothash from "../types/roothash.ts";
import * as roothashBlock from "../types/roothash-block.ts";
import { ExecutorCommitment } from "../types/roothash-commitment.ts";
import * as roothashMessage from "../types/roothash-message.ts";
import { Runtime } from "../types/runtime.ts";
import * as scheduler from "../types/scheduler.ts";
import * as staking from "../types/staking.ts";
import * as stakingEvents from "../types/staking-events.ts";
import * as storage from "../types/storage.ts";
import * as upgrade from "../types/upgrade.ts";
import * as vault from "../types/vault.ts";
import { type Method, type ServiceTable, stream, unary } from "./method.ts";
import * as q from "./requests.ts";

const height = i64;
const epoch = u64;
const state = { height: "state" } as const;
const block = { height: "block" } as const;
const steering = { access: "control" } as const;

const stateSync = {
  StateSyncGet: unary(storage.GetRequest, storage.ProofResponse),
  StateSyncGetPrefixes: unary(storage.GetPrefixesRequest, storage.ProofResponse),
  StateSyncIterate: unary(storage.IterateRequest, storage.ProofResponse),
};

const keyManagerSecrets = {
  GetStatus: unary(q.NamespaceQuery, secrets.Status, state),
  GetStatuses: unary(height, list(secrets.Status), state),
  GetMasterSecret: unary(q.NamespaceQuery, secrets.SignedEncryptedMasterSecret, state),
  GetEphemeralSecret: unary(q.NamespaceQuery, secrets.SignedEncryptedEphemeralSecret, state),
  StateToGenesis: unary(height, secrets.Genesis, state),
  WatchStatuses: stream(null, secrets.Status),
  WatchMasterSecrets: stream(null, secrets.SignedEncryptedMasterSecret),
  WatchEphemeralSecrets: stream(null, secrets.SignedEncryptedEphemeralSecret),
};

/**
 * Every method that this node serves, by service and name: the one declaration behind the gRPC and gRPC-Web servers,
 * the client, and the reference page (api.md section 2).
 */
export const services = {
  NodeController: {
    RequestShutdown: unary(bool, null, steering),
    WaitSync: unary(null, null),
    IsSynced: unary(null, bool),
    WaitReady: unary(null, null),
    IsReady: unary(null, bool),
    UpgradeBinary: unary(upgrade.Descriptor, null, steering),
    CancelUpgrade: unary(upgrade.Descriptor, null, steering),
    GetStatus: unary(null, control.Status),
    AddBundle: unary(text, null, steering),
  },
  DebugController: {
    SetEpoch: unary(u64, null, steering),
    WaitNodesRegistered: unary(i64, null, steering),
  },
  Consensus: {
    SubmitTx: unary(consensusTypes.SignedTransaction, null),
    SubmitTxNoWait: unary(consensusTypes.SignedTransaction, null),
    SubmitTxWithProof: unary(consensusTypes.SignedTransaction, consensusTypes.Proof),
    EstimateGas: unary(q.EstimateGasRequest, u64),
    MinGasPrice: unary(null, quantity),
    GetBlock: unary(height, consensusApi.Block, block),
    GetBlockResults: unary(height, consensusApi.BlockResults, block),
    GetLightBlock: unary(height, consensusApi.LightBlock, block),
    GetValidators: unary(height, consensusApi.Validators, block),
    GetParameters: unary(height, consensusApi.Parameters, block),
    GetLatestHeight: unary(null, height),
    GetLastRetainedHeight: unary(null, height),
    GetTransactions: unary(height, list(bytes), block),
    GetTransactionsWithResults: unary(height, consensusApi.TransactionsWithResults, block),
    GetTransactionsWithProofs: unary(height, consensusApi.TransactionsWithProofs, block),
    GetUnconfirmedTransactions: unary(null, list(bytes)),
    GetGenesisDocument: unary(null, genesis.Document),
    StateToGenesis: unary(height, genesis.Document, block),
    GetChainContext: unary(null, text),
    GetStatus: unary(null, consensusApi.Status),
    GetNextBlockState: unary(null, consensusApi.NextBlockState),
    SubmitEvidence: unary(consensusApi.Evidence, null),
    /** Gone from the official node since 26.0, still sent by rosetta-gateway up to 2.7. */
    GetSignerNonce: unary(q.GetSignerNonceRequest, u64, state),
    ...stateSync,
    WatchBlocks: stream(null, consensusApi.Block),
  },
  Beacon: {
    GetBaseEpoch: unary(null, epoch),
    GetEpoch: unary(height, epoch, state),
    GetNextEpoch: unary(height, epoch, state),
    GetFutureEpoch: unary(height, nullable(beacon.EpochTimeState), state),
    GetEpochBlock: unary(epoch, height),
    WaitEpoch: unary(epoch, null),
    GetBeacon: unary(height, bytes, state),
    StateToGenesis: unary(height, beacon.Genesis, state),
    ConsensusParameters: unary(height, beacon.ConsensusParameters, state),
    WatchEpochs: stream(null, epoch),
    /** Gone from the official node, still offered by the npm client. */
    WatchLatestEpoch: stream(null, epoch),
  },
  Scheduler: {
    GetValidators: unary(height, list(scheduler.Validator), state),
    GetCommittees: unary(q.GetCommitteesRequest, list(scheduler.Committee), state),
    StateToGenesis: unary(height, scheduler.Genesis, state),
    ConsensusParameters: unary(height, scheduler.ConsensusParameters, state),
    WatchCommittees: stream(null, scheduler.Committee),
  },
  Registry: {
    GetEntity: unary(q.IDQuery, Entity, state),
    GetEntities: unary(height, list(Entity), state),
    GetNode: unary(q.IDQuery, Node, state),
    GetNodeByConsensusAddress: unary(q.ConsensusAddressQuery, Node, state),
    GetNodeStatus: unary(q.IDQuery, registry.NodeStatus, state),
    GetNodes: unary(height, list(Node), state),
    GetRuntime: unary(q.GetRuntimeQuery, Runtime, state),
    GetRuntimes: unary(q.GetRuntimesQuery, list(Runtime), state),
    StateToGenesis: unary(height, registry.Genesis, state),
    ConsensusParameters: unary(height, registry.ConsensusParameters, state),
    GetEvents: unary(height, list(registry.Event), block),
    WatchEntities: stream(null, registry.EntityEvent),
    WatchNodes: stream(null, registry.NodeEvent),
    WatchNodeList: stream(null, registry.NodeList),
    WatchRuntimes: stream(null, Runtime),
    WatchEvents: stream(null, registry.Event),
  },
  Staking: {
    TokenSymbol: unary(height, text, state),
    TokenValueExponent: unary(height, u8, state),
    TotalSupply: unary(height, quantity, state),
    CommonPool: unary(height, quantity, state),
    LastBlockFees: unary(height, quantity, state),
    GovernanceDeposits: unary(height, quantity, state),
    Threshold: unary(q.ThresholdQuery, quantity, state),
    Addresses: unary(height, list(address), state),
    CommissionScheduleAddresses: unary(height, list(address), state),
    Account: unary(q.OwnerQuery, staking.Account, state),
    DelegationsFor: unary(q.OwnerQuery, map(address, staking.Delegation), state),
    DelegationsTo: unary(q.OwnerQuery, map(address, staking.Delegation), state),
    DelegationInfosFor: unary(q.OwnerQuery, map(address, staking.DelegationInfo), state),
    DebondingDelegationsFor: unary(q.OwnerQuery, map(address, list(staking.DebondingDelegation)), state),
    DebondingDelegationsTo: unary(q.OwnerQuery, map(address, list(staking.DebondingDelegation)), state),
    DebondingDelegationInfosFor: unary(
      q.OwnerQuery,
      map(address, list(staking.DebondingDelegationInfo)),
      state,
    ),
    Allowance: unary(q.AllowanceQuery, quantity, state),
    StateToGenesis: unary(height, staking.Genesis, state),
    ConsensusParameters: unary(height, staking.ConsensusParameters, state),
    GetEvents: unary(height, list(stakingEvents.Event), block),
    WatchEvents: stream(null, stakingEvents.Event),
  },
  /** Deprecated name of KeyManager.Secrets. */
  KeyManager: keyManagerSecrets,
  "KeyManager.Secrets": keyManagerSecrets,
  "KeyManager.Churp": {
    Status: unary(q.ChurpStatusQuery, churp.Status, state),
    Statuses: unary(q.NamespaceQuery, list(churp.Status), state),
    AllStatuses: unary(height, list(churp.Status), state),
    StateToGenesis: unary(height, churp.Genesis, state),
    ConsensusParameters: unary(height, churp.ConsensusParameters, state),
    WatchStatuses: stream(null, churp.Status),
  },
  RootHash: {
    GetGenesisBlock: unary(q.RuntimeRequest, roothashBlock.Block, state),
    GetLatestBlock: unary(q.RuntimeRequest, roothashBlock.Block, state),
    GetRuntimeState: unary(q.RuntimeRequest, roothash.RuntimeState, state),
    GetLastRoundResults: unary(q.RuntimeRequest, roothash.RoundResults, state),
    GetRoundRoots: unary(q.RoundRootsRequest, nullable(roothash.RoundRoots), state),
    GetPastRoundRoots: unary(q.RuntimeRequest, map(u64, roothash.RoundRoots), state),
    GetIncomingMessageQueueMeta: unary(q.RuntimeRequest, roothashMessage.IncomingMessageQueueMeta, state),
    GetIncomingMessageQueue: unary(q.InMessageQueueRequest, list(roothashMessage.IncomingMessage), state),
    StateToGenesis: unary(height, roothash.Genesis, state),
    ConsensusParameters: unary(height, roothash.ConsensusParameters, state),
    GetEvents: unary(height, list(roothash.Event), block),
    WatchBlocks: stream(namespace, roothashBlock.AnnotatedBlock),
    WatchEvents: stream(namespace, roothash.Event),
    WatchExecutorCommitments: stream(namespace, ExecutorCommitment),
  },
  Governance: {
    ActiveProposals: unary(height, list(governance.Proposal), state),
    Proposals: unary(height, list(governance.Proposal), state),
    Proposal: unary(q.ProposalQuery, governance.Proposal, state),
    Votes: unary(q.ProposalQuery, list(governance.VoteEntry), state),
    PendingUpgrades: unary(height, list(upgrade.Descriptor), state),
    StateToGenesis: unary(height, governance.Genesis, state),
    ConsensusParameters: unary(height, governance.ConsensusParameters, state),
    GetEvents: unary(height, list(governance.Event), block),
    WatchEvents: stream(null, governance.Event),
  },
  Vault: {
    Vaults: unary(height, list(vault.Vault), state),
    Vault: unary(q.VaultQuery, vault.Vault, state),
    AddressState: unary(q.VaultAddressQuery, vault.AddressState, state),
    PendingActions: unary(q.VaultQuery, list(vault.PendingAction), state),
    StateToGenesis: unary(height, vault.Genesis, state),
    ConsensusParameters: unary(height, vault.ConsensusParameters, state),
    GetEvents: unary(height, list(vault.Event), block),
    WatchEvents: stream(null, vault.Event),
  },
  Sentry: {
    GetAddresses: unary(null, control.SentryAddresses),
  },
  RuntimeClient: {
    SubmitTx: unary(q.SubmitTxRequest, bytes),
    SubmitTxMeta: unary(q.SubmitTxRequest, runtimeApi.SubmitTxMetaResponse),
    SubmitTxNoWait: unary(q.SubmitTxRequest, null),
    CheckTx: unary(q.SubmitTxRequest, null),
    GetGenesisBlock: unary(namespace, roothashBlock.Block),
    GetBlock: unary(q.RuntimeRoundRequest, roothashBlock.Block),
    GetLastRetainedBlock: unary(namespace, roothashBlock.Block),
    GetTransactions: unary(q.RuntimeRoundRequest, list(bytes)),
    GetTransactionsWithResults: unary(q.RuntimeRoundRequest, list(runtimeApi.TransactionWithResults)),
    GetUnconfirmedTransactions: unary(namespace, list(bytes)),
    GetEvents: unary(q.RuntimeRoundRequest, list(runtimeApi.RuntimeEvent)),
    Query: unary(q.QueryRequest, runtimeApi.QueryResponse),
    ...stateSync,
    WatchBlocks: stream(namespace, roothashBlock.AnnotatedBlock),
  },
  StorageWorker: {
    GetLastSyncedRound: unary(
      storageWorkerApi.GetLastSyncedRoundRequest,
      storageWorkerApi.GetLastSyncedRoundResponse,
    ),
  },
} satisfies Readonly<Record<string, ServiceTable>>;

export type Services = typeof services;
export type ServiceName = keyof Services;

/** Path prefix of every service on the wire. */
export const SERVICE_PREFIX = "oasis-core.";

/** Looks up `service` (without prefix) and `name`; `null` when there is no such service or method. */
export function findMethod(service: string, name: string): Method | null {
  const table = Object.hasOwn(services, service)
    ? (services as Record<string, ServiceTable>)[service]!
    : null;
  return table !== null && Object.hasOwn(table, name) ? table[name]! : null;
}
