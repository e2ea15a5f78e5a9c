import type { SentryEndpoint } from "../api/sentry/ask-sentry.ts";
import type { ListenerOptions } from "../api/server.ts";
import type { BlockPacing } from "../chain/rounds/timing.ts";
import type { Namespace, PublicKey } from "../codec/common-types.ts";
import type { KnownNetwork } from "../config/networks/network.ts";
import type { HaltPoint } from "../consensus/halt.ts";
import type { ProcessHostKind } from "../runtime/host.ts";
import type { QuoteRules } from "../tee/quote-rules.ts";
import type { LoggingOptions } from "../telemetry/logger.ts";
import type { Address } from "../types/address.ts";
import type { TxPoolOptions } from "../workers/txpool/tx-pool.ts";
import type { CommitteePeerOptions } from "./committee-peer-options.ts";
import type { TrustOptions } from "./open-light-client.ts";
import type { ConsensusPeerOptions } from "./peer-options.ts";

/** One ParaTime that the node hosts. */
export interface HostedRuntime {
  readonly runtimeId: Namespace;
  /** ELF executable or `.orc` bundle. */
  readonly path: string;
  /** Node-local configuration that the ParaTime is given. */
  readonly localConfig: Readonly<Record<string, unknown>>;
}

/** How much of a history is kept, and how often the rest is dropped. */
export interface Pruning {
  readonly numKept: bigint;
  readonly intervalMs: number;
}

/** How checkpoints are made. */
export interface Checkpoints {
  /** Pause between looks whether one is due. */
  readonly intervalMs: number;
  /** Threads of the parallel chunker; 0: the sequential one. */
  readonly threads: number;
}

/** Everything a node is built from: the configuration, resolved. */
export interface NodeOptions {
  readonly dataDir: string;
  readonly genesisFile: string;
  /** Memory of all caches together, in bytes. */
  readonly cacheBytes: number;
  /** The network that the genesis document must be of; null: any. */
  readonly network: KnownNetwork | null;
  /** As `control status` shows it: `compute`, `client`, `validator`, `seed`. */
  readonly mode: string;
  readonly debug: {
    /** Unsafe genesis parameters are accepted. */
    readonly dontBlameOasis: boolean;
    readonly allowTestKeys: boolean;
    readonly allowRoot: boolean;
    /** How strict the node is with attestations of enclaves. */
    readonly quoteRules: QuoteRules;
  };
  readonly logging: LoggingOptions;
  /** Whether the node wants to be elected as validator. */
  readonly validator: boolean;
  /** Registered for consensus peers. */
  readonly consensusAddresses: readonly Address[];
  readonly consensusPeers: ConsensusPeerOptions;
  /** Registered for ParaTime nodes. */
  readonly p2pAddresses: readonly Address[];
  /** Null: there is nobody to connect to. */
  readonly committeePeers: CommitteePeerOptions | null;
  /** How fast blocks come; null: as the genesis document says. */
  readonly pacing: BlockPacing | null;
  readonly minGasPrice: bigint;
  /** Where the node stops by itself. */
  readonly halt: HaltPoint;
  /** Mean delay between the last block, where the chain ends on purpose, and the end of the node. */
  readonly upgradeStopDelayMs: number;
  /** Which old versions of the consensus state, with their blocks, are kept; null: all. */
  readonly pruneConsensus: Pruning | null;
  /** Which old rounds of ParaTimes are kept; null: all. */
  readonly pruneRounds: Pruning | null;
  /** Checkpoints of the consensus state; null: none are made. */
  readonly checkpointConsensus: Checkpoints | null;
  /** Checkpoints of ParaTimes; null: none are made. */
  readonly checkpointRounds: Checkpoints | null;
  /** Whether a chain that is not there begins from a checkpoint of peers. */
  readonly stateSync: boolean;
  /** What the light client trusts. */
  readonly trust: TrustOptions;
  /** Whether the node keeps the consensus state; otherwise it asks {@link providers} for everything. */
  readonly localStorage: boolean;
  /** Nodes that are asked over their API. */
  readonly providers: readonly string[];
  readonly submission: { readonly gasPrice: bigint; readonly maxFee: bigint };
  /** The entity that vouches for the node; null: it registers for nothing. */
  readonly entityId: PublicKey | null;
  /** Sentry nodes whose addresses are registered in place of the node's own. */
  readonly sentries: readonly SentryEndpoint[];
  /** The control endpoint for nodes behind this one; null: it is no sentry. */
  readonly sentryControl: { readonly port: number; readonly authorizedKeys: readonly PublicKey[] } | null;
  readonly runtimes: readonly HostedRuntime[];
  /** Whether the node offers to compute for its ParaTimes. */
  readonly compute: boolean;
  readonly processHost: ProcessHostKind;
  readonly sandboxBinary: string;
  readonly maxRuntimeLogSize: number;
  readonly txPool: TxPoolOptions;
  /** Whether everybody may read the states of ParaTimes at this node. */
  readonly isStatePublic: boolean;
  /** Pause before a transaction of a ParaTime that still waits is told to peers again, in milliseconds. */
  readonly republishMs: number;
  /** Changes of a ParaTime's rounds that are fetched from peers at once. */
  readonly fetchers: number;
  /** Whether a ParaTime without any state looks for a checkpoint of peers. */
  readonly checkpointSync: boolean;
  /** Addresses of the API; the internal socket is one of them. */
  readonly listeners: readonly ListenerOptions[];
  /** Where metrics are served; null: there are none. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
}
