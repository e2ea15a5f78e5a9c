import type { Duplex } from "node:stream";
import type { PeerClock } from "../clock.ts";
import { PeerFault } from "../errors.ts";
import { closed } from "../next-chunk.ts";
import type { SecretSession } from "../secret/secret-handshake.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { RateLimit } from "./rate-limit.ts";
import type { BudgetHolder, ReceiveBudget } from "./receive-budget.ts";
import { Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";
import { Timers } from "./timers.ts";

export interface ConnectionDeps {
  readonly clock: PeerClock;
  readonly budget: ReceiveBudget;
  /** Takes a message; a PeerFault that it throws ends the connection. */
  readonly onMessage: (channel: number, message: Uint8Array) => void;
  /** Called once, with the reason, when the connection has ended. */
  readonly onEnd: (fault: PeerFault) => void;
}

/** What went over a connection. */
export interface ConnectionCounters {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly channels: readonly {
    readonly id: number;
    readonly queuedMessages: number;
    readonly droppedMessages: number;
  }[];
}

/** How long last messages may take to leave. */
const FINISH_TIMEOUT_MS = 5000;

/**
 * Many channels over one encrypted connection (cometbft.md 2.3): messages are cut into packets, which take turns by
 * the channels' priorities, below the given rates; both sides ping.
 */
export class MultiplexedConnection implements BudgetHolder {
  readonly #stream: Duplex;
  readonly #options: ConnectionOptions;
  readonly #deps: ConnectionDeps;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  readonly #receiveLimit: RateLimit;
  readonly #timers: Timers<"ping" | "pong" | "resume" | "finish">;
  #state: "open" | "finishing" | "ended" = "open";
  #receivedBytes = 0;

  /** Takes a paused stream over; nothing is read before {@link start}. */
  constructor(stream: Duplex, session: SecretSession, options: ConnectionOptions, deps: ConnectionDeps) {
    const { clock, budget, onMessage } = deps;
    this.#stream = stream;
    this.#options = options;
    this.#deps = deps;
    this.#sender = new Sender(stream, session.sealer, options, clock);
    this.#receiver = new Receiver(session, options, {
      clock,
      budget,
      holder: this,
      events: {
        onMessage,
        onPing: () => this.#sender.pong(),
        onPong: () => this.#timers.cancel("pong"),
      },
    });
    this.#receiveLimit = new RateLimit(options.receiveRate, clock);
    this.#timers = new Timers(clock);
  }

  /** Begins to read, and to ping. */
  start(): void {
    if (this.#state !== "open") return;
    const stream = this.#stream;
    stream.on("data", this.#onData);
    stream.on("end", this.#onClose);
    stream.on("close", this.#onClose);
    stream.on("error", this.#onError);
    stream.on("drain", this.#onDrain);
    if (stream.destroyed || stream.readableEnded) {
      this.#onClose();
      return;
    }
    this.#schedulePing();
    // What came together with the end of the handshake.
    this.#guard(() => this.#receiver.readPackets());
    if (this.#state === "open") stream.resume();
  }

  /** Whether a channel has room for a message, unless it is a very long one. */
  hasRoom(channel: number): boolean {
    return this.#sender.hasRoom(channel);
  }

  /**
   * Queues a message.
   * @param isUrgent it leaves within this call, so far as rate and stream allow
   * @returns false when there is no room: it is dropped and counted
   */
  trySend(channel: number, message: Uint8Array, isUrgent = false): boolean {
    return this.#sender.trySend(channel, message, isUrgent);
  }

  /** Queues a message, waiting for room. @returns false when there was none in time, or the connection ended */
  send(channel: number, message: Uint8Array): Promise<boolean> {
    return this.#sender.send(channel, message);
  }

  /** Ends the connection at once. */
  end(fault: PeerFault): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#timers.cancelAll();
    this.#sender.stop();
    this.#receiver.stop();
    this.#stream.off("data", this.#onData);
    this.#stream.destroy();
    this.#deps.onEnd(fault);
  }

  /** Sends what is queued, then ends the connection; what comes meanwhile is not read. */
  finish(fault: PeerFault): void {
    if (this.#state !== "open") return;
    this.#state = "finishing";
    this.#timers.cancelAll();
    this.#receiver.stop();
    this.#stream.off("data", this.#onData);
    this.#stream.resume();
    this.#sender.finish();
    this.#stream.end(() => this.end(fault));
    this.#timers.set("finish", FINISH_TIMEOUT_MS, () => this.end(fault));
  }

  get counters(): ConnectionCounters {
    return {
      sentBytes: this.#sender.sentBytes,
      receivedBytes: this.#receivedBytes,
      channels: Array.from(this.#sender.channels, ({ id, queuedMessages, dropped }) => ({
        id,
        queuedMessages,
        droppedMessages: dropped,
      })),
    };
  }

  /** Memory for unfinished messages ran out, and this connection holds the most of it. */
  evict(): void {
    this.end(new PeerFault("overload", "memory for unfinished messages ran out"));
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.#receivedBytes += chunk.length;
    this.#receiveLimit.count(chunk.length);
    this.#guard(() => this.#receiver.push(chunk));
    this.#throttle();
  };

  readonly #onClose = (): void => this.end(closed(this.#stream.errored ?? undefined));

  readonly #onError = (error: Error): void => this.end(closed(error));

  readonly #onDrain = (): void => this.#sender.drained();

  /** Reads no more until the receive rate allows it. */
  #throttle(): void {
    const { delayMs } = this.#receiveLimit;
    if (delayMs === 0 || this.#state !== "open") return;
    this.#stream.pause();
    this.#timers.set("resume", delayMs, () => this.#stream.resume());
  }

  /** Pings, and looks for messages that were never finished. */
  #schedulePing(): void {
    const { pingIntervalMs, pongTimeoutMs } = this.#options;
    this.#timers.set("ping", pingIntervalMs, () => {
      this.#guard(() => this.#receiver.checkStalls());
      if (this.#state !== "open") return;
      this.#sender.ping();
      this.#timers.set("pong", pongTimeoutMs, () => {
        this.end(new PeerFault("unresponsive", "the peer does not answer pings"));
      });
      this.#schedulePing();
    });
  }

  /** A fault of the peer ends the connection. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      this.end(error);
    }
  }
}
