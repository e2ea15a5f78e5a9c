import { equal, toHex } from "../../codec/bytes.ts";
import { CodecError } from "../../codec/errors.ts";
import { hashOf } from "../../crypto/hash.ts";
import type { Channel } from "../../p2p/comet/channel.ts";
import type { Peer } from "../../p2p/comet/peer.ts";
import { type BackgroundClock, systemBackgroundClock } from "../../storage/background/clock.ts";
import { Restorer } from "../../storage/checkpoint/restorer.ts";
import type { Environment } from "../../storage/environment/environment.ts";
import type { NodeDb } from "../../storage/node-db/node-db.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { Metadata, ROOT_STATE, type Root } from "../../types/storage.ts";
import type { ChainState } from "../chain-state.ts";
import type { ChainStore } from "../chain-store.ts";
import type { ChainClock } from "../clock.ts";
import { ChainError } from "../errors.ts";
import type { ChainGenesis } from "../genesis.ts";
import { LightError } from "../light/errors.ts";
import { encode } from "../wire.ts";
import { RestoreRun } from "./restore-run.ts";
import { type BlockVerifier, type RestoredChain, restoredChain } from "./restored-state.ts";
import { openSnapshot, type Snapshot } from "./snapshot.ts";
import { SnapshotPool } from "./snapshot-pool.ts";
import { type CheckpointSource, SnapshotServer } from "./snapshot-server.ts";
import {
  CHUNK_CHANNEL,
  MAX_CHUNK_MESSAGE,
  MAX_SNAPSHOT_MESSAGE,
  readMessage,
  SNAPSHOT_CHANNEL,
  StateSyncMessage,
} from "./state-sync-message.ts";
import { Wakeup } from "./wakeup.ts";

/** What only a node needs that begins from a checkpoint. */
export interface RestoreTarget {
  readonly genesis: ChainGenesis;
  readonly environment: Environment;
  /** Of the chain engine that goes on from the checkpoint. */
  readonly store: ChainStore;
  /** Versions of the consensus state. */
  readonly db: NodeDb;
  readonly light: BlockVerifier;
  /** Called when the state is there, before the chain goes on: the application is to take it up. */
  readonly onRestored: (state: ChainState) => void;
}

export interface StateSyncDeps {
  /** Our own checkpoints, for others. */
  readonly source: CheckpointSource;
  readonly clock: ChainClock;
  readonly logger: Logger;
  readonly sliceClock?: BackgroundClock;
}

/** How far the restoring is. */
export interface RestoreProgress {
  readonly height: bigint;
  readonly chunks: number;
  readonly chunksDone: number;
  /** Bytes that this run has restored. */
  readonly bytes: number;
  /** Since when chunks are fetched, Unix milliseconds. */
  readonly sinceMs: number;
  /** Estimate from the pace so far; null before the first chunk. */
  readonly secondsLeft: number | null;
}

/** How long peers have to tell their snapshots before the best of them is chosen. */
export const DISCOVERY_MS = 15_000;
/** The same once a peer has told one: the others answer at about the same time. */
export const SETTLE_MS = 2000;
/** Pause before blocks that nobody had are asked for again. */
const LIGHT_RETRY_MS = 5000;

/**
 * Offers our checkpoints to peers, and begins a chain from one of theirs instead of from its first block: the light
 * client vouches for the root of the state, every chunk is verified against it, and what was restored stays over
 * restarts (cometbft.md 7.3).
 */
export class StateSync {
  readonly #deps: StateSyncDeps;
  readonly #server: SnapshotServer;
  readonly #peers = new Map<string, Peer>();
  readonly #wakeup: Wakeup;
  #pool: SnapshotPool<Peer> | null = null;
  #restore: RestoreRun | null = null;
  #started: { readonly atMs: number; readonly done: number } = { atMs: 0, done: 0 };
  #waitingFor: string | null = null;

  constructor(deps: StateSyncDeps) {
    this.#deps = deps;
    this.#server = new SnapshotServer(deps);
    this.#wakeup = new Wakeup(deps.clock);
  }

  /** To be registered with the network before it starts. */
  get channels(): readonly Channel[] {
    return [
      {
        ...{ id: SNAPSHOT_CHANNEL, priority: 5, sendQueue: 10, receiveCap: MAX_SNAPSHOT_MESSAGE },
        onMessage: (peer, message) => this.#receive(peer, message),
        onPeer: (peer) => this.#addPeer(peer),
        onPeerGone: (peer) => this.#removePeer(peer.id),
      },
      {
        ...{ id: CHUNK_CHANNEL, priority: 3, sendQueue: 10, receiveCap: MAX_CHUNK_MESSAGE },
        onMessage: (peer, message) => this.#receive(peer, message),
      },
    ];
  }

  /** How far the restoring is; null while no chunks are fetched. */
  get progress(): RestoreProgress | null {
    const run = this.#restore;
    if (run === null) return null;
    const chunks = run.snapshot.checkpoint.chunks!.length;
    const chunksDone = chunks - run.missing;
    const { atMs, done } = this.#started;
    const elapsed = (this.#deps.clock.now() - atMs) / 1000;
    const pace = chunksDone - done;
    const secondsLeft = pace === 0 ? null : Math.round((elapsed / pace) * run.missing);
    return { height: run.snapshot.height, chunks, chunksDone, bytes: run.bytes, sinceMs: atMs, secondsLeft };
  }

  /** What it waits for while no chunks are fetched; null when for nothing. */
  get waitingFor(): string | null {
    return this.#waitingFor;
  }

  /**
   * Restores the newest checkpoint of the peers that the light client vouches for.
   * @returns the chain's state, which is stored
   * @throws LightError that waiting does not help, ChainError when the chain is not that of the genesis document; what
   *   our own storage throws; the signal's reason
   */
  async run(target: RestoreTarget, signal: AbortSignal): Promise<ChainState> {
    const { db } = target;
    try {
      const restored = restoredRoot(db);
      if (restored !== null) return await this.#adopt(target, restored, signal);
      return await this.#search(target, signal);
    } finally {
      this.#pool = null;
      this.#restore = null;
      this.#waitingFor = null;
    }
  }

  /** Tries what peers offer, the best first, until one is restored. */
  async #search(target: RestoreTarget, signal: AbortSignal): Promise<ChainState> {
    const pool = new SnapshotPool<Peer>();
    this.#pool = pool;
    await this.#discover(pool, signal);
    for (;;) {
      for (const snapshot of this.#candidates(pool, target.db)) {
        const chain = await this.#vouch(target, pool, snapshot, signal);
        if (chain === null) continue;
        const state = await this.#try(target, pool, snapshot, chain, signal);
        if (state !== null) return state;
        break;
      }
      if (pool.ranked().length === 0) await this.#discover(pool, signal);
      else await this.#pause(LIGHT_RETRY_MS, signal);
    }
  }

  /** The one that was begun before comes first: much of it may be here. */
  #candidates(pool: SnapshotPool<Peer>, db: NodeDb): Snapshot[] {
    const [checkpoint] = db.multipart.checkpoints();
    const begun = checkpoint === undefined ? null : toHex(hashOf(Metadata, checkpoint));
    return pool.ranked().sort((a, b) => Number(b.key === begun) - Number(a.key === begun));
  }

  /** Asks all peers for their snapshots, and waits until some have told. */
  async #discover(pool: SnapshotPool<Peer>, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    for (let attempt = 0; ; attempt++) {
      this.#waitingFor =
        this.#peers.size === 0 ? "peers that may have a checkpoint" : "a peer that offers a checkpoint";
      for (const peer of this.#peers.values()) ask(peer);
      const end = clock.now() + DISCOVERY_MS;
      while (pool.ranked().length === 0 && clock.now() < end) {
        await this.#wakeup.wait(end - clock.now(), signal);
      }
      if (pool.ranked().length > 0) break;
      if (attempt === 0) logger.info({ peers: this.#peers.size }, "no peer has offered a checkpoint yet");
    }
    await this.#pause(SETTLE_MS, signal);
    this.#waitingFor = null;
  }

  /** What the chain goes on with after a snapshot; null when it cannot be vouched for, now or ever. */
  async #vouch(
    { genesis, light }: RestoreTarget,
    pool: SnapshotPool<Peer>,
    snapshot: Snapshot,
    signal: AbortSignal,
  ): Promise<RestoredChain | null> {
    const { logger } = this.#deps;
    const { height, checkpoint } = snapshot;
    this.#waitingFor = `the light client to verify block ${height}`;
    let chain: RestoredChain;
    try {
      chain = await restoredChain(genesis, light, height, signal);
    } catch (error) {
      if (!(error instanceof LightError) || isHopeless(error)) throw error;
      logger.warn({ height, code: error.code, reason: error.message }, "a checkpoint cannot be vouched for");
      this.#waitingFor = error.message;
      if (error.kind === "invalid") pool.reject(snapshot);
      return null;
    }
    this.#waitingFor = null;
    if (equal(chain.state.app_hash, checkpoint.root.hash)) return chain;
    logger.warn(
      { height, offered: toHex(checkpoint.root.hash), chain: toHex(chain.state.app_hash) },
      "a peer offers a checkpoint of another state than the chain's",
    );
    for (const peer of pool.peersOf(snapshot)) pool.rejectPeer(peer.id);
    pool.reject(snapshot);
    return null;
  }

  /** Restores a snapshot. @returns null when that did not succeed */
  async #try(
    target: RestoreTarget,
    pool: SnapshotPool<Peer>,
    snapshot: Snapshot,
    chain: RestoredChain,
    signal: AbortSignal,
  ): Promise<ChainState | null> {
    const { clock, logger, sliceClock = systemBackgroundClock } = this.#deps;
    const { height, checkpoint } = snapshot;
    const restorer = begin(target.db, checkpoint);
    const run = new RestoreRun(snapshot, this.#wakeup, { restorer, pool, clock, sliceClock, logger });
    const chunks = checkpoint.chunks!.length;
    this.#started = { atMs: clock.now(), done: chunks - run.missing };
    this.#restore = run;
    logger.info({ height, chunks, missing: run.missing }, "restoring a checkpoint of peers");
    const outcome = isComplete(target.db, checkpoint) ? "complete" : await run.run(signal);
    this.#restore = null;
    if (outcome === "complete") {
      logger.info({ height, bytes: run.bytes }, "the checkpoint is restored");
      return finish(target, checkpoint.root, chain);
    }
    logger.warn({ height, reason: outcome }, "the checkpoint is given up");
    if (outcome === "wrong") for (const peer of pool.peersOf(snapshot)) pool.rejectPeer(peer.id);
    // Who has it may come back: what is restored stays until another one is begun.
    if (outcome !== "no-peers") pool.reject(snapshot);
    return null;
  }

  /** Takes up a state that an earlier run restored and ended before the chain's state was stored. */
  async #adopt(target: RestoreTarget, root: Root, signal: AbortSignal): Promise<ChainState> {
    for (;;) {
      try {
        const chain = await restoredChain(target.genesis, target.light, root.version, signal);
        if (!equal(chain.state.app_hash, root.hash)) {
          throw new ChainError("corrupt", "the stored state is not the chain's: use a new data directory", {
            height: root.version,
          });
        }
        return finish(target, null, chain);
      } catch (error) {
        if (!(error instanceof LightError) || isHopeless(error)) throw error;
        this.#waitingFor = error.message;
        await this.#pause(LIGHT_RETRY_MS, signal);
      }
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const end = clock.now() + ms;
    while (clock.now() < end) await this.#wakeup.wait(end - clock.now(), signal);
  }

  #addPeer(peer: Peer): void {
    this.#peers.set(peer.id, peer);
    if (this.#pool !== null) ask(peer);
  }

  #removePeer(id: string): void {
    this.#peers.delete(id);
    this.#server.forget(id);
    this.#pool?.removePeer(id);
    this.#restore?.removePeer(id);
  }

  #receive(peer: Peer, encoded: Uint8Array): void {
    const message = readMessage(encoded);
    switch (message.type) {
      case "snapshots_request":
        this.#server.offer(peer);
        break;
      case "chunk_request":
        this.#server.send(peer, message.value);
        break;
      case "snapshots_response":
        this.#addSnapshot(peer, message.value);
        break;
      case "chunk_response": {
        const { height, format, index, chunk, missing } = message.value;
        const run = this.#restore;
        if (run === null || run.snapshot.height !== height || run.snapshot.format !== format) break;
        run.receive(peer, index, missing ? null : chunk);
        break;
      }
    }
  }

  #addSnapshot(peer: Peer, offer: Parameters<typeof openSnapshot>[0]): void {
    if (this.#pool === null) return;
    const { logger } = this.#deps;
    try {
      const snapshot = openSnapshot(offer);
      if (this.#pool.add(peer, snapshot)) {
        logger.info({ height: snapshot.height, peer: peer.id }, "a peer offers a checkpoint");
      }
    } catch (error) {
      if (!(error instanceof ChainError) && !(error instanceof CodecError)) throw error;
      // Formats that we do not know may come; they are no offence.
      logger.debug({ peer: peer.id, reason: error.message }, "a peer offers a checkpoint that is none");
    }
    this.#wakeup.wake();
  }
}

/** Whether no other checkpoint, provider or moment makes a difference: somebody has to look into it. */
function isHopeless({ kind }: LightError): boolean {
  return kind === "root" || kind === "expired" || kind === "attack";
}

function ask(peer: Peer): void {
  peer.trySend(SNAPSHOT_CHANNEL, encode(StateSyncMessage, { type: "snapshots_request", value: {} }));
}

/** Begins to restore a checkpoint, or goes on with it; another one that was begun is dropped. */
function begin(db: NodeDb, checkpoint: Metadata): Restorer {
  const begun = db.multipart.checkpoints()[0] ?? null;
  const isSame = begun !== null && equal(hashOf(Metadata, begun), hashOf(Metadata, checkpoint));
  if (!isSame) {
    db.multipart.abort();
    db.multipart.start(checkpoint.root.version);
  }
  const restorer = new Restorer(db);
  restorer.start(checkpoint);
  return restorer;
}

/** Whether all chunks of a checkpoint that is being restored are stored. */
function isComplete(db: NodeDb, { root }: Metadata): boolean {
  return db.multipart.storedChunks(root.root_type)?.every((isStored) => isStored) ?? false;
}

/** The state that is there although the chain has not been begun; null when there is none. */
function restoredRoot(db: NodeDb): Root | null {
  const version = db.latestVersion();
  if (version === null) return null;
  return db.rootsForVersion(version).find(({ root_type }) => root_type === ROOT_STATE) ?? null;
}

/** Makes a restored state final and the chain go on from it, both or none. */
function finish(
  { environment, db, store, onRestored }: RestoreTarget,
  root: Root | null,
  { state, commit }: RestoredChain,
): ChainState {
  environment.transaction(() => {
    if (root !== null) db.finalize([root]);
    store.begin(state, commit);
  });
  onRestored(state);
  return state;
}
