import { PeerFault } from "./errors.ts";
import type { ConnectionCounters, MultiplexedConnection } from "./mux/multiplexed-connection.ts";
import type { NetAddress } from "./net-address.ts";
import type { NodeId } from "./node-id.ts";
import type { NodeInfo } from "./node-info.ts";

export interface PeerFacts {
  readonly id: NodeId;
  readonly nodeInfo: NodeInfo;
  /** The address that was dialed, or the one that the connection came from. */
  readonly address: NetAddress;
  readonly direction: "inbound" | "outbound";
  /** Whether we connect again when it is gone. */
  readonly isPersistent: boolean;
  /** Whether it is outside the limits. */
  readonly isUnconditional: boolean;
  /** Unix milliseconds. */
  readonly connectedAtMs: number;
}

/** A connected peer, as its channels see it. After it has gone, every send fails. */
export class Peer implements PeerFacts {
  readonly id: NodeId;
  readonly nodeInfo: NodeInfo;
  readonly address: NetAddress;
  readonly direction: "inbound" | "outbound";
  readonly isPersistent: boolean;
  readonly isUnconditional: boolean;
  readonly connectedAtMs: number;
  readonly #connection: MultiplexedConnection;
  readonly #onGood: () => void;

  /** @param onGood called when the peer proved useful */
  constructor(facts: PeerFacts, connection: MultiplexedConnection, onGood: () => void) {
    this.id = facts.id;
    this.nodeInfo = facts.nodeInfo;
    this.address = facts.address;
    this.direction = facts.direction;
    this.isPersistent = facts.isPersistent;
    this.isUnconditional = facts.isUnconditional;
    this.connectedAtMs = facts.connectedAtMs;
    this.#connection = connection;
    this.#onGood = onGood;
  }

  /** Whether the peer receives on a channel. */
  hasChannel(channel: number): boolean {
    return this.nodeInfo.channels.includes(channel);
  }

  /** Whether a message may be queued now, unless it is a very long one. */
  hasRoom(channel: number): boolean {
    return this.hasChannel(channel) && this.#connection.hasRoom(channel);
  }

  /**
   * Queues a message.
   * @param isUrgent it leaves within this call, so far as rate and stream allow
   * @returns false when there is no room or no such channel: the message is dropped
   */
  trySend(channel: number, message: Uint8Array, isUrgent = false): boolean {
    return this.hasChannel(channel) && this.#connection.trySend(channel, message, isUrgent);
  }

  /** Queues a message, waiting for room up to 10 s. @returns false when there was none, or the peer is gone */
  async send(channel: number, message: Uint8Array): Promise<boolean> {
    return this.hasChannel(channel) && (await this.#connection.send(channel, message));
  }

  /** Ends the connection, with a ban when the fault has one. */
  stop(fault: PeerFault): void {
    this.#connection.end(fault);
  }

  /** Ends the connection once what is queued has been sent. */
  finish(reason: string): void {
    this.#connection.finish(new PeerFault("stopped", reason));
  }

  /** The peer proved useful: its address is kept before those that did not. */
  markGood(): void {
    this.#onGood();
  }

  get counters(): ConnectionCounters {
    return this.#connection.counters;
  }
}
