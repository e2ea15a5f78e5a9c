import type { GossipSub, Message } from "@libp2p/gossipsub";
import { type Codec, decode, encode } from "../../../codec/codec.ts";
import type { PublicKey } from "../../../codec/common-types.ts";
import { QanatError } from "../../../codec/errors.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import type { PeerClock } from "../../comet/clock.ts";
import type { Random } from "../../comet/random.ts";
import { Backoff } from "../backoff.ts";
import { deadline } from "../deadline.ts";
import { pause } from "../pause.ts";
import { type PeerId, publicKeyOf } from "../peer-id.ts";
import { MAX_MESSAGE_BYTES } from "./gossip-options.ts";
import { reactionTo } from "./message-fault.ts";
import type { Throttle } from "./throttle.ts";

/** What the library's class has and its declared type does not name; the library's version is pinned. */
interface WithStreams {
  readonly streamsOutbound: ReadonlyMap<string, unknown>;
}

/** What a node does with the messages of a topic. */
export interface TopicHandler<T> {
  readonly codec: Codec<T>;
  /**
   * Takes a message; it is passed on to other peers when this resolves.
   * @param publisher who signed the message, which is rarely who passed it to us
   * @throws MessageFault to say what becomes of it; other errors mean to try again later
   */
  handle(message: T, publisher: PublicKey, signal: AbortSignal): Promise<void>;
}

export interface TopicDeps {
  readonly clock: PeerClock;
  readonly random: Random;
  readonly logger: Logger;
  /** How many messages are handled at once. */
  readonly throttle: Throttle;
  /** Aborts when the node stops. */
  readonly signal: AbortSignal;
}

/** For handling one message, waiting included (oasis-core v26.1 go/p2p/dispatch.go). */
export const HANDLE_MS = 10_000;
/** Messages that are tried again at once, and how often. */
export const MAX_RETRYING = 10;
export const MAX_RETRIES = 5;
const RETRY_PAUSE = { initialMs: 500, maxMs: 60_000 };
/** Own messages that wait for the first peer of the topic, and for how long. */
export const MAX_UNSENT = 50;
export const UNSENT_MS = 60_000;

/** One topic: messages of one type that everybody on it gets. Own messages do not come back. */
export class Topic<T> {
  readonly id: string;
  readonly #handler: TopicHandler<T>;
  readonly #deps: TopicDeps;
  #unsent: { readonly data: Uint8Array; readonly untilMs: number }[] = [];
  #retrying = 0;
  #router: GossipSub | null = null;

  constructor(id: string, handler: TopicHandler<T>, deps: TopicDeps) {
    this.id = id;
    this.#handler = handler;
    this.#deps = deps;
  }

  /** Joins. What was published before goes out when there are peers. */
  join(router: GossipSub): void {
    this.#router = router;
    router.topicValidators.set(this.id, (_, message) => this.#validate(message) as never);
    router.addEventListener("subscription-change", ({ detail: { subscriptions } }) => {
      if (subscriptions.some(({ topic, subscribe }) => subscribe && topic === this.id))
        void this.#sendUnsent();
    });
    router.addEventListener("gossipsub:heartbeat", () => void this.#sendUnsent());
    router.subscribe(this.id);
  }

  /** Connected peers on the topic. */
  get peerCount(): number {
    return this.#router?.getSubscribers(this.id).length ?? 0;
  }

  get peers(): PeerId[] {
    return (this.#router?.getSubscribers(this.id) ?? []).map((peer) => peer.toString() as PeerId);
  }

  /**
   * Signs the message and gives it to every peer. Without any peer it waits for one. The same bytes again within two
   * minutes are dropped by everybody.
   * @throws QanatError `gossip/too-long`
   */
  async publish(message: T): Promise<void> {
    const data = encode(this.#handler.codec, message);
    if (data.length > MAX_MESSAGE_BYTES) {
      throw new QanatError(
        "gossip/too-long",
        `a message of ${data.length} bytes, ${MAX_MESSAGE_BYTES} are allowed`,
      );
    }
    if (this.#isHeard) await this.#send(data);
    else {
      this.#unsent.push({ data, untilMs: this.#deps.clock.now() + UNSENT_MS });
      if (this.#unsent.length > MAX_UNSENT) this.#unsent.shift();
    }
  }

  /**
   * Whether a peer on the topic can be written to: its subscription may be known before our stream to it is open, and
   * the library takes a message that is published meanwhile as sent.
   */
  get #isHeard(): boolean {
    const router = this.#router;
    if (router === null) return false;
    const { streamsOutbound } = router as GossipSub & WithStreams;
    return router.getSubscribers(this.id).some((peer) => streamsOutbound.has(peer.toString()));
  }

  async #sendUnsent(): Promise<void> {
    if (this.#unsent.length === 0 || !this.#isHeard) return;
    const now = this.#deps.clock.now();
    const unsent = this.#unsent.filter(({ untilMs }) => untilMs > now);
    this.#unsent = [];
    for (const { data } of unsent) await this.#send(data);
  }

  async #send(data: Uint8Array): Promise<void> {
    try {
      await this.#router?.publish(this.id, data);
    } catch (error) {
      // Published before, or no room in the queues of peers: the same happens to messages of others on their way.
      this.#deps.logger.debug({ err: error, topic: this.id }, "a message was not published");
    }
  }

  /** Whether others get the message from us. */
  async #validate(message: Message): Promise<"accept" | "ignore" | "reject"> {
    const { logger } = this.#deps;
    const publisher = message.type === "signed" ? publicKeyOf(message.from.toString() as PeerId) : null;
    if (publisher === null) return "reject";
    let value: T;
    try {
      const { buffer, byteOffset, length } = message.data;
      // Sockets give Buffers, whose `slice` does not copy as that of other arrays does.
      value = decode(this.#handler.codec, new Uint8Array(buffer, byteOffset, length));
    } catch (error) {
      logger.debug({ err: error, topic: this.id }, "a published message does not decode");
      return "reject";
    }
    try {
      await this.#handle(value, publisher);
      return "accept";
    } catch (error) {
      const reaction = reactionTo(error);
      logger.debug({ err: error, topic: this.id, reaction }, "a published message was not taken");
      if (reaction === "drop") return "ignore";
      if (reaction === "retry") void this.#retry(value, publisher);
      return "accept";
    }
  }

  async #handle(value: T, publisher: PublicKey): Promise<void> {
    const { throttle } = this.#deps;
    throttle.enter();
    const limit = deadline("handling a published message", HANDLE_MS, this.#deps);
    try {
      await this.#handler.handle(value, publisher, limit.signal);
    } finally {
      limit.dispose();
      throttle.leave();
    }
  }

  async #retry(value: T, publisher: PublicKey): Promise<void> {
    const { clock, random, signal } = this.#deps;
    if (this.#retrying >= MAX_RETRYING) return;
    this.#retrying++;
    const backoff = new Backoff(RETRY_PAUSE, random);
    try {
      for (let attempt = 0; attempt < MAX_RETRIES; attempt++) {
        if (!(await pause(backoff.next(), clock, signal))) return;
        try {
          await this.#handle(value, publisher);
          return;
        } catch (error) {
          if (reactionTo(error) !== "retry") return;
        }
      }
    } finally {
      this.#retrying--;
    }
  }
}
