import type { Peer } from "../../p2p/comet/peer.ts";
import type { CheckpointFiles } from "../../storage/checkpoint/checkpoint-files.ts";
import { CHECKPOINT_VERSION } from "../../storage/checkpoint/checkpoint-files.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { type Metadata, ROOT_STATE } from "../../types/storage.ts";
import type { ChainClock } from "../clock.ts";
import { encode } from "../wire.ts";
import { snapshotOf } from "./snapshot.ts";
import {
  CHUNK_CHANNEL,
  MAX_CHUNK_MESSAGE,
  SNAPSHOT_CHANNEL,
  StateSyncMessage,
} from "./state-sync-message.ts";

/** The checkpoints that are offered. */
export type CheckpointSource = Pick<CheckpointFiles, "list" | "readChunk">;

/** What the server needs of a peer. */
export type ServedPeer = Pick<Peer, "id" | "trySend" | "send">;

/** The newest checkpoints that are offered, as in the official node. */
export const MAX_OFFERED = 10;
/** Requests of a peer for chunks that may wait; more are not answered, it asks again. */
export const MAX_WAITING_REQUESTS = 8;
/** For how long the list of checkpoints is not read anew. */
const LIST_AGE_MS = 1000;
/** What a chunk's message has beside the chunk, at most. */
const MESSAGE_OVERHEAD = 64;

type ChunkRequest = Extract<StateSyncMessage, { type: "chunk_request" }>["value"];

/** Offers our checkpoints to peers, and sends their chunks: one at a time to each peer. */
export class SnapshotServer {
  readonly #source: CheckpointSource;
  readonly #clock: ChainClock;
  readonly #logger: Logger;
  readonly #waiting = new Map<string, ChunkRequest[]>();
  #list: { readonly checkpoints: readonly Metadata[]; readonly atMs: number } | null = null;

  constructor(deps: { source: CheckpointSource; clock: ChainClock; logger: Logger }) {
    this.#source = deps.source;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
  }

  /** Tells a peer which checkpoints there are. */
  offer(peer: ServedPeer): void {
    for (const checkpoint of this.#checkpoints()) {
      const value = snapshotOf(checkpoint);
      peer.trySend(SNAPSHOT_CHANNEL, encode(StateSyncMessage, { type: "snapshots_response", value }));
    }
  }

  /** Sends a chunk to a peer after those that it asked for before, or says that it is not there. */
  send(peer: ServedPeer, request: ChunkRequest): void {
    const queue = this.#waiting.get(peer.id);
    if (queue === undefined) {
      this.#waiting.set(peer.id, [request]);
      void this.#serve(peer);
    } else if (queue.length < MAX_WAITING_REQUESTS) {
      queue.push(request);
    }
  }

  /** A peer is gone. */
  forget(id: string): void {
    const queue = this.#waiting.get(id);
    if (queue !== undefined) queue.length = 0;
  }

  async #serve(peer: ServedPeer): Promise<void> {
    const queue = this.#waiting.get(peer.id)!;
    for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
      const chunk = await this.#read(request);
      const value = { ...request, chunk: chunk ?? new Uint8Array(0), missing: chunk === null };
      await peer.send(CHUNK_CHANNEL, encode(StateSyncMessage, { type: "chunk_response", value }));
    }
    this.#waiting.delete(peer.id);
  }

  async #read({ height, format, index }: ChunkRequest): Promise<Uint8Array | null> {
    if (format !== CHECKPOINT_VERSION) return null;
    const checkpoint = this.#checkpoints().find(({ root }) => root.version === height);
    const digest = checkpoint?.chunks?.[index];
    if (checkpoint === undefined || digest === undefined) return null;
    try {
      const { version, root } = checkpoint;
      const chunk = await this.#source.readChunk({ version, root, index: BigInt(index), digest });
      // An empty chunk cannot be told from none on the wire.
      return chunk.length === 0 || chunk.length > MAX_CHUNK_MESSAGE - MESSAGE_OVERHEAD ? null : chunk;
    } catch (err) {
      this.#logger.debug({ err, height, index }, "a chunk that a peer asks for cannot be read");
      return null;
    }
  }

  /** The checkpoints of the consensus state, the newest first. */
  #checkpoints(): readonly Metadata[] {
    const now = this.#clock.now();
    if (this.#list === null || now - this.#list.atMs >= LIST_AGE_MS) {
      this.#list = { checkpoints: this.#readList(), atMs: now };
    }
    return this.#list.checkpoints;
  }

  #readList(): Metadata[] {
    try {
      const all = this.#source.list().filter(({ root }) => root.root_type === ROOT_STATE);
      return all.reverse().slice(0, MAX_OFFERED);
    } catch (err) {
      this.#logger.warn({ err }, "checkpoints cannot be offered to peers");
      return [];
    }
  }
}
