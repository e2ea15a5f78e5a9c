import { equal, toHex } from "../codec/bytes.ts";
import type { PublicKey } from "../codec/common-types.ts";
import { hashOf, ZERO_HASH } from "../crypto/hash.ts";
import type { NodeIdentity } from "../crypto/identity.ts";
import {
  COMMITTEE_READY,
  COMMITTEE_RUNTIME_SUSPENDED,
  COMMITTEE_WAITING_HOSTED_RUNTIME,
  COMMITTEE_WAITING_RUNTIME_REGISTRY,
  type CommitteeStatus,
  EXECUTOR_READY,
  EXECUTOR_WAITING_RUNTIME,
  INDEXER_STATUS,
  type LivenessStatus,
  RuntimeStatus,
  STORAGE_STATUS,
} from "../types/api-runtime-status.ts";
import { Header } from "../types/roothash-block.ts";
import { ROOT_STATE } from "../types/storage.ts";
import { deployedVersion } from "../workers/host/binary-mismatch.ts";
import type { RuntimeWorker } from "../workers/runtime-worker.ts";
import type { NodeOptions } from "./node-options.ts";

export interface RuntimeStatusDeps {
  readonly workers: readonly RuntimeWorker[];
  readonly identity: NodeIdentity;
  readonly options: NodeOptions;
}

/** Scheduler rank of a node outside the committee. */
const NO_RANK = 0xffff_ffff_ffff_ffffn;

/** The status of each of the node's ParaTimes, by its id in hex. */
export function runtimeStatuses({
  workers,
  identity,
  options,
}: RuntimeStatusDeps): Map<string, RuntimeStatus> {
  const own = identity.node.publicKey;
  return new Map(
    workers.map((worker) => [toHex(worker.runtimeId), runtimeStatus(worker, own, options.processHost)]),
  );
}

function runtimeStatus(worker: RuntimeWorker, own: PublicKey, provisioner: string): RuntimeStatus {
  const { round, store } = worker;
  const last = store.lastBlock;
  const first = store.firstBlock;
  const genesis = round?.state.genesis_block?.header ?? null;
  return {
    ...RuntimeStatus.zero(),
    descriptor: round?.descriptor ?? null,
    ...(last !== null && {
      latest_round: last.block.header.round,
      latest_hash: hashOf(Header, last.block.header),
      latest_time: last.block.header.timestamp,
      latest_state_root: {
        ns: worker.runtimeId,
        version: last.block.header.round,
        root_type: ROOT_STATE,
        hash: last.block.header.state_root,
      },
    }),
    genesis_round: genesis?.round ?? 0n,
    genesis_hash: genesis === null ? ZERO_HASH : hashOf(Header, genesis),
    last_retained_round: first?.block.header.round ?? 0n,
    last_retained_hash: first === null ? ZERO_HASH : hashOf(Header, first.block.header),
    committee: committeeStatus(worker, own),
    executor:
      worker.executor === null
        ? null
        : { status: worker.waiting === null ? EXECUTOR_READY : EXECUTOR_WAITING_RUNTIME },
    storage: { status: STORAGE_STATUS.syncingRounds, last_finalized_round: last?.block.header.round ?? 0n },
    indexer: {
      status: INDEXER_STATUS.indexing,
      last_round: last?.block.header.round ?? 0n,
      reindex_status: null,
    },
    provisioner,
    components: [
      {
        kind: "ronl",
        name: "",
        version: worker.host.info()?.runtime_version ?? { major: 0, minor: 0, patch: 0 },
        detached: false,
        disabled: false,
      },
    ],
  };
}

function committeeStatus(worker: RuntimeWorker, own: PublicKey): CommitteeStatus {
  const { round } = worker;
  const members = round?.state.committee?.members ?? [];
  const info = worker.host.info();
  return {
    status: committeeState(worker),
    active_version: round === null ? null : deployedVersion(round),
    latest_round: round?.block.header.round ?? 0n,
    latest_height: round?.height ?? 0n,
    executor_roles: members.filter((member) => equal(member.public_key, own)).map((member) => member.role),
    scheduler_rank: worker.executor?.rank ?? NO_RANK,
    liveness: livenessStatus(worker, own),
    peers: null,
    host: { versions: info === null ? null : [info.runtime_version] },
  };
}

function committeeState({ round, waiting }: RuntimeWorker): number {
  if (round === null) return COMMITTEE_WAITING_RUNTIME_REGISTRY;
  if (waiting !== null) return COMMITTEE_WAITING_HOSTED_RUNTIME;
  return round.state.suspended ? COMMITTEE_RUNTIME_SUSPENDED : COMMITTEE_READY;
}

function livenessStatus({ round }: RuntimeWorker, own: PublicKey): LivenessStatus | null {
  const stats = round?.state.liveness_stats ?? null;
  const index = round?.state.committee?.members?.findIndex((member) => equal(member.public_key, own)) ?? -1;
  if (stats === null || index < 0) return null;
  return {
    total_rounds: stats.total_rounds,
    live_rounds: stats.good_rounds?.[index] ?? 0n,
    finalized_proposals: stats.finalized_proposals?.[index] ?? 0n,
    missed_proposals: stats.missed_proposals?.[index] ?? 0n,
  };
}
