/** How a channel is carried. */
export interface ChannelLimits {
  /** 0 to 255. */
  readonly id: number;
  /** Its share of the connection, relative to the others; above 0. */
  readonly priority: number;
  /** Messages that wait to be sent. */
  readonly sendQueue: number;
  /** Longest message that is received, in bytes. */
  readonly receiveCap: number;
}

/** Rates in bytes per second, 0 for no limit; times in milliseconds. */
export interface ConnectionOptions {
  readonly channels: readonly ChannelLimits[];
  readonly sendRate: number;
  readonly receiveRate: number;
  /** Shortest time between two frames that are not full. */
  readonly flushThrottleMs: number;
  readonly pingIntervalMs: number;
  /** Below `pingIntervalMs`. */
  readonly pongTimeoutMs: number;
  /** How long `send` waits for room. */
  readonly sendTimeoutMs: number;
  /** How long a message may stay unfinished without a packet of it. */
  readonly stallTimeoutMs: number;
}

/** Times and rates of the official node (cometbft.md 1.4 and 2.3), except where a comment says otherwise. */
export const DEFAULT_CONNECTION_OPTIONS: Omit<ConnectionOptions, "channels"> = {
  sendRate: 5_120_000,
  receiveRate: 5_120_000,
  // The official node lets everything wait for up to 100 ms; here only a frame that follows another too soon waits.
  flushThrottleMs: 10,
  pingIntervalMs: 60_000,
  pongTimeoutMs: 45_000,
  sendTimeoutMs: 10_000,
  // The official node waits for ever. Senders interleave their messages, so that none pauses this long.
  stallTimeoutMs: 120_000,
};
