import type { PeerClock } from "../clock.ts";
import { malformed, PeerFault } from "../errors.ts";
import type { SecretSession } from "../secret/secret-handshake.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { MessageAssembler } from "./message-assembler.ts";
import { MAX_PACKET, readPacket } from "./packet.ts";
import type { BudgetHolder, ReceiveBudget } from "./receive-budget.ts";

/** What comes out of the receiving half. */
export interface ReceiverEvents {
  onMessage(channel: number, message: Uint8Array): void;
  onPing(): void;
  onPong(): void;
}

interface ReceiveChannel {
  readonly assembler: MessageAssembler;
  /** When the last packet of an unfinished message came. */
  packetAtMs: number;
}

/** The receiving half of a multiplexed connection: frames to packets, packets to messages. */
export class Receiver {
  readonly #session: SecretSession;
  readonly #channels = new Map<number, ReceiveChannel>();
  readonly #stallTimeoutMs: number;
  readonly #clock: PeerClock;
  readonly #budget: ReceiveBudget;
  readonly #holder: BudgetHolder;
  readonly #events: ReceiverEvents;
  #isOpen = true;

  /** @param holder whose memory the unfinished messages are */
  constructor(
    session: SecretSession,
    options: Pick<ConnectionOptions, "channels" | "stallTimeoutMs">,
    deps: { clock: PeerClock; budget: ReceiveBudget; holder: BudgetHolder; events: ReceiverEvents },
  ) {
    this.#session = session;
    this.#stallTimeoutMs = options.stallTimeoutMs;
    this.#clock = deps.clock;
    this.#budget = deps.budget;
    this.#holder = deps.holder;
    this.#events = deps.events;
    for (const { id, receiveCap } of options.channels) {
      this.#channels.set(id, { assembler: new MessageAssembler(receiveCap), packetAtMs: 0 });
    }
  }

  /**
   * Takes bytes of the stream.
   * @throws PeerFault on what no honest peer sends; whatever the listeners throw
   */
  push(chunk: Uint8Array): void {
    const { opener, received } = this.#session;
    opener.push(chunk, (data) => received.push(data));
    this.readPackets();
  }

  /** Handles the packets that are complete. */
  readPackets(): void {
    while (this.#isOpen) {
      const bytes = this.#session.received.next(MAX_PACKET);
      if (bytes === null) return;
      const packet = readPacket(bytes);
      if (packet.type === "ping") this.#events.onPing();
      else if (packet.type === "pong") this.#events.onPong();
      else this.#takeMessagePacket(packet.channel, packet.isLast, packet.data);
    }
  }

  /** @throws PeerFault when a message has been waited for too long */
  checkStalls(): void {
    const oldestMs = this.#clock.now() - this.#stallTimeoutMs;
    for (const [channel, { assembler, packetAtMs }] of this.#channels) {
      if (assembler.pendingBytes === 0 || packetAtMs > oldestMs) continue;
      throw new PeerFault("unresponsive", "a message was never finished", { channel });
    }
  }

  /** Nothing is handled any more. */
  stop(): void {
    this.#isOpen = false;
    this.#budget.release(this.#holder);
  }

  #takeMessagePacket(channelId: number, isLast: boolean, data: Uint8Array): void {
    const channel = this.#channels.get(channelId);
    if (channel === undefined) throw malformed("a packet is for an unknown channel", { channel: channelId });
    const { assembler } = channel;
    const before = assembler.pendingBytes;
    const message = assembler.push(data, isLast);
    channel.packetAtMs = this.#clock.now();
    if (message === null) {
      this.#budget.take(this.#holder, data.length);
    } else {
      this.#budget.release(this.#holder, before);
      this.#events.onMessage(channelId, message);
    }
  }
}
