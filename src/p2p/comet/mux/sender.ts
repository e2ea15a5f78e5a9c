import type { Duplex } from "node:stream";
import type { PeerClock } from "../clock.ts";
import type { FrameSealer } from "../secret/frames.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { PING_PACKET, PONG_PACKET } from "./packet.ts";
import { RateLimit } from "./rate-limit.ts";
import { SendChannel } from "./send-channel.ts";
import { SendScheduler } from "./send-scheduler.ts";
import { Timers } from "./timers.ts";

/** Packets that are cut between two looks at the send rate. */
const BATCH_PACKETS = 10;
/**
 * Bytes of messages that wait for one peer. A queue of blocks is limited by their number alone; a peer that asks for
 * many and reads none must not hold them all in memory.
 */
export const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
/** Calls of `send` that wait for room on one channel. */
const MAX_WAITING_SENDS = 64;

/** The sending half of a multiplexed connection: queues, the order of packets, the rate, and when frames leave. */
export class Sender {
  readonly #stream: Duplex;
  readonly #sealer: FrameSealer;
  readonly #options: ConnectionOptions;
  readonly #clock: PeerClock;
  readonly #channels = new Map<number, SendChannel>();
  readonly #scheduler: SendScheduler;
  readonly #limit: RateLimit;
  readonly #timers: Timers<"pump" | "flush">;
  readonly #waiting = new Map<number, (() => void)[]>();
  #isOpen = true;
  #isPumpQueued = false;
  #isBlocked = false;
  #owesPong = false;
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  #sentBytes = 0;

  constructor(stream: Duplex, sealer: FrameSealer, options: ConnectionOptions, clock: PeerClock) {
    this.#stream = stream;
    this.#sealer = sealer;
    this.#options = options;
    this.#clock = clock;
    for (const { id, priority, sendQueue } of options.channels) {
      this.#channels.set(id, new SendChannel(id, priority, sendQueue));
    }
    this.#scheduler = new SendScheduler([...this.#channels.values()], clock);
    this.#limit = new RateLimit(options.sendRate, clock);
    this.#timers = new Timers(clock);
  }

  get channels(): Iterable<SendChannel> {
    return this.#channels.values();
  }

  /** Bytes on the wire. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Whether a channel has room for a message, unless it is a very long one. */
  hasRoom(channelId: number): boolean {
    const channel = this.#channels.get(channelId);
    return channel !== undefined && this.#isOpen && this.#hasRoom(channel, 0);
  }

  /**
   * Queues a message.
   * @param isUrgent it, and what is before it, leaves within this call, so far as rate and stream allow
   * @returns false when there is no room: it is dropped and counted
   */
  trySend(channelId: number, message: Uint8Array, isUrgent = false): boolean {
    const channel = this.#channels.get(channelId);
    if (channel === undefined || !this.#isOpen) return false;
    if (!this.#hasRoom(channel, message.length)) {
      channel.countDropped();
      return false;
    }
    channel.add(message);
    if (isUrgent) {
      this.#pump();
      if (!this.#isBlocked && this.#sealer.unsealedBytes > 0) this.#flush();
    } else this.#queuePump();
    return true;
  }

  /** Queues a message, waiting for room. @returns false when there was none in time, or the connection ended */
  async send(channelId: number, message: Uint8Array): Promise<boolean> {
    const channel = this.#channels.get(channelId);
    if (channel === undefined) return false;
    const deadlineMs = this.#clock.now() + this.#options.sendTimeoutMs;
    while (this.#isOpen && !this.#hasRoom(channel, message.length)) {
      if (!(await this.#roomOn(channelId, deadlineMs - this.#clock.now()))) break;
    }
    return this.trySend(channelId, message);
  }

  ping(): void {
    if (!this.#isOpen) return;
    this.#sealer.write(PING_PACKET);
    this.#flush();
  }

  /** Several pings that come together get one pong. */
  pong(): void {
    this.#owesPong = true;
    this.#queuePump();
  }

  /** The stream takes bytes again. */
  drained(): void {
    this.#isBlocked = false;
    this.#queuePump();
  }

  /** Hands all that is queued to the stream, whatever the rate, and takes nothing more. */
  finish(): void {
    if (!this.#isOpen) return;
    for (let channel = this.#scheduler.next(); channel !== null; channel = this.#scheduler.next()) {
      this.#sealer.write(channel.nextPacket());
    }
    this.#flush();
    this.stop();
  }

  /** Nothing leaves any more; whoever waits for room is told. */
  stop(): void {
    this.#isOpen = false;
    this.#timers.cancelAll();
    for (const channelId of this.#channels.keys()) this.#wake(channelId);
  }

  /** Packets are cut once everybody in this turn has queued what they have. */
  #queuePump(): void {
    if (this.#isPumpQueued || !this.#isOpen) return;
    this.#isPumpQueued = true;
    queueMicrotask(() => {
      this.#isPumpQueued = false;
      this.#pump();
    });
  }

  /** Sends what may be sent now, and sees to it that the rest will be. */
  #pump(): void {
    if (!this.#isOpen || this.#isBlocked) return;
    if (this.#owesPong) {
      this.#owesPong = false;
      this.#sealer.write(PONG_PACKET);
    }
    while (this.#scheduler.isPending && !this.#isBlocked) {
      const { delayMs } = this.#limit;
      if (delayMs > 0) {
        this.#timers.set("pump", delayMs, () => this.#pump());
        break;
      }
      this.#sendBatch();
    }
    this.#flushSoon();
  }

  #sendBatch(): void {
    for (let i = 0; i < BATCH_PACKETS; i++) {
      const channel = this.#scheduler.next();
      if (channel === null) break;
      const packet = channel.nextPacket();
      this.#limit.count(packet.length);
      this.#sealer.write(packet);
      this.#wake(channel.id);
    }
    this.#writeFrames();
  }

  /** A frame that is not full goes at once, unless another such frame went just before. */
  #flushSoon(): void {
    if (this.#sealer.unsealedBytes === 0) return;
    const sinceMs = this.#clock.now() - this.#flushedAtMs;
    const throttleMs = this.#options.flushThrottleMs;
    if (sinceMs < 0 || sinceMs >= throttleMs) this.#flush();
    else if (!this.#timers.has("flush")) this.#timers.set("flush", throttleMs - sinceMs, () => this.#flush());
  }

  #flush(): void {
    this.#timers.cancel("flush");
    this.#flushedAtMs = this.#clock.now();
    this.#sealer.flush();
    this.#writeFrames();
  }

  #writeFrames(): void {
    const frames = this.#sealer.take();
    if (frames.length === 0) return;
    this.#sentBytes += frames.length;
    if (!this.#stream.write(frames)) this.#isBlocked = true;
  }

  #hasRoom(channel: SendChannel, length: number): boolean {
    if (!channel.hasRoom) return false;
    let queued = 0;
    for (const { queuedBytes } of this.#channels.values()) queued += queuedBytes;
    return queued === 0 || queued + length <= MAX_QUEUED_BYTES;
  }

  /** Resolves with true when there may be room, with false when it took too long. */
  #roomOn(channelId: number, withinMs: number): Promise<boolean> {
    const waiting = this.#waiting.get(channelId) ?? [];
    if (withinMs <= 0 || waiting.length >= MAX_WAITING_SENDS) return Promise.resolve(false);
    this.#waiting.set(channelId, waiting);
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        resolve(true);
      };
      const cancel = this.#clock.schedule(() => {
        waiting.splice(waiting.indexOf(wake), 1);
        resolve(false);
      }, withinMs);
      waiting.push(wake);
    });
  }

  #wake(channelId: number): void {
    for (const wake of this.#waiting.get(channelId)?.splice(0) ?? []) wake();
  }
}
