import type { Namespace } from "../codec/common-types.ts";
import type { Signer } from "../crypto/signature.ts";
import type { CommitteeNetwork } from "../p2p/libp2p/committee-network.ts";
import type { RuntimeHost } from "../runtime/host.ts";
import type { NodeDb } from "../storage/node-db/node-db.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Version } from "../types/common.ts";
import type { ConsensusView } from "./consensus-view.ts";
import type { ExecutorMetrics } from "./executor/metrics.ts";
import type { BundleFacts } from "./host/binary-mismatch.ts";
import type { StorageSource } from "./peers/storage-sync-protocols.ts";
import type { RoundContext } from "./round-context.ts";
import type { RoundStore } from "./storage/round-store.ts";
import type { StateFollowerOptions } from "./storage/state-follower.ts";
import type { SubmissionManager } from "./submission.ts";
import type { Timers } from "./timers.ts";
import type { TxPoolMetrics } from "./txpool/metrics.ts";
import type { TxPoolOptions } from "./txpool/tx-pool.ts";

/** How one ParaTime of this node is run. */
export interface RuntimeWorkerOptions extends StateFollowerOptions {
  runtimeId: Namespace;
  txPool: TxPoolOptions;
  /** Whether this node offers to compute for the ParaTime. */
  compute: boolean;
  /** What the bundle says of itself; null for a plain executable, whose version nobody knows before it says so. */
  bundle: BundleFacts | null;
  /** The version of the next deployment, where it is here too; null where it is not. */
  nextVersion?: (round: RoundContext) => Version | null;
  /** Whether everybody may read the ParaTime's state at this node. */
  isPublic: boolean;
  /** Pause before a transaction that still waits is told to peers again, in milliseconds. */
  republishMs: number;
}

/** What it works with. */
export interface RuntimeWorkerDeps {
  consensus: ConsensusView;
  store: RoundStore;
  /** The trees of `store`. */
  db: NodeDb;
  host: RuntimeHost;
  submission: SubmissionManager;
  nodeSigner: Signer;
  /** The ParaTime's nodes; null where the node has nobody to connect to. */
  network: CommitteeNetwork | null;
  /** The checkpoints that peers are given; null where none are made. */
  checkpoints: Pick<StorageSource, "checkpoints" | "chunk"> | null;
  timers: Timers;
  logger: Logger;
  metrics: { readonly executor: ExecutorMetrics; readonly txPool: TxPoolMetrics } | null;
}
