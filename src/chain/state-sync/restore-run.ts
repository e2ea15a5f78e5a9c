import { PeerFault } from "../../p2p/comet/errors.ts";
import type { Peer } from "../../p2p/comet/peer.ts";
import type { BackgroundClock } from "../../storage/background/clock.ts";
import { inSlices } from "../../storage/background/in-slices.ts";
import type { Restorer } from "../../storage/checkpoint/restorer.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { checkpointErrors } from "../../types/errors.ts";
import type { ChainClock } from "../clock.ts";
import { encode } from "../wire.ts";
import { ChunkRequests } from "./chunk-requests.ts";
import type { Snapshot } from "./snapshot.ts";
import type { SnapshotPool } from "./snapshot-pool.ts";
import { CHUNK_CHANNEL, StateSyncMessage } from "./state-sync-message.ts";
import type { Wakeup } from "./wakeup.ts";

/** What of a peer is needed to fetch from it. */
export type RestorePeer = Pick<Peer, "id" | "trySend" | "stop">;

export interface RestoreDeps {
  readonly restorer: Restorer;
  readonly pool: SnapshotPool<RestorePeer>;
  readonly clock: ChainClock;
  readonly sliceClock: BackgroundClock;
  readonly logger: Logger;
}

/** Why a snapshot was given up, or that it is complete. */
export type RestoreOutcome = "complete" | "wrong" | "timeout" | "no-peers";

/** Without a chunk for so long a snapshot is given up, as in the official node. */
export const SNAPSHOT_TIMEOUT_MS = 120_000;
/** How often timeouts are looked for. */
const LOOK_INTERVAL_MS = 1000;
/** For how long the sender of a wrong chunk stays away. */
const WRONG_CHUNK_BAN_MS = 60_000;
/** Nothing but connections to peers needs the thread meanwhile. */
const SLICES = { workMs: 20, pauseMs: 1 };

/** Fetches the chunks of one snapshot, several at a time, and restores them. */
export class RestoreRun {
  readonly snapshot: Snapshot;
  readonly #deps: RestoreDeps;
  readonly #chunks: ChunkRequests<RestorePeer>;
  readonly #wakeup: Wakeup;
  #bytes = 0;

  /** @param deps the restorer has been started with the snapshot's checkpoint */
  constructor(snapshot: Snapshot, wakeup: Wakeup, deps: RestoreDeps) {
    this.snapshot = snapshot;
    this.#deps = deps;
    this.#wakeup = wakeup;
    this.#chunks = new ChunkRequests(deps.restorer.missing);
  }

  /** Bytes of chunks that were restored. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Chunks that are not restored yet. */
  get missing(): number {
    return this.#deps.restorer.missing.length;
  }

  /** A peer sent a chunk, or told that it has none. */
  receive(peer: RestorePeer, index: number, chunk: Uint8Array | null): void {
    if (chunk === null) {
      if (this.#chunks.missing(peer, index)) this.#deps.pool.withdraw(peer.id, this.snapshot);
    } else {
      this.#chunks.receive(peer, index, chunk);
    }
    this.#wakeup.wake();
  }

  removePeer(id: string): void {
    this.#chunks.removePeer(id);
    this.#wakeup.wake();
  }

  /** @throws the signal's reason, and what our own storage throws */
  async run(signal: AbortSignal): Promise<RestoreOutcome> {
    const { clock, pool, logger } = this.#deps;
    let progressMs = clock.now();
    for (;;) {
      for (let got = this.#chunks.take(); got !== null; got = this.#chunks.take()) {
        const outcome = await this.#restore(got.peer, got.index, got.chunk, signal);
        if (outcome !== null) return outcome;
        progressMs = clock.now();
      }
      const now = clock.now();
      this.#chunks.expire(now);
      if (now - progressMs >= SNAPSHOT_TIMEOUT_MS) return "timeout";
      const peers = pool.peersOf(this.snapshot);
      if (peers.length === 0) return "no-peers";
      for (const { peer, index } of this.#chunks.requests(peers, now)) {
        const { height, format } = this.snapshot;
        logger.debug({ height, index, peer: peer.id }, "asking for a chunk");
        const message = { type: "chunk_request", value: { height, format, index } } as const;
        peer.trySend(CHUNK_CHANNEL, encode(StateSyncMessage, message));
      }
      await this.#wakeup.wait(LOOK_INTERVAL_MS, signal);
    }
  }

  /** @returns how the run ends with it; null when it goes on */
  async #restore(
    peer: RestorePeer,
    index: number,
    chunk: Uint8Array,
    signal: AbortSignal,
  ): Promise<RestoreOutcome | null> {
    const { restorer, sliceClock, logger, pool } = this.#deps;
    const { height } = this.snapshot;
    try {
      const isComplete = await inSlices(restorer.restoreChunk(index, chunk), SLICES, sliceClock, signal);
      this.#bytes += chunk.length;
      return isComplete ? "complete" : null;
    } catch (error) {
      if (checkpointErrors.chunkCorrupted().matches(error)) {
        logger.warn({ height, index, peer: peer.id }, "a chunk is not the one that was offered");
        this.#chunks.returnChunk(peer, index);
        pool.rejectPeer(peer.id);
        this.#chunks.removePeer(peer.id);
        const options = { banMs: WRONG_CHUNK_BAN_MS };
        peer.stop(new PeerFault("misbehaviour", "it sent a wrong chunk", { height, index }, options));
        return null;
      }
      if (checkpointErrors.chunkProofVerificationFailed().matches(error)) return "wrong";
      throw error;
    }
  }
}
