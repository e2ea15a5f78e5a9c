import { type ErrorData, QanatError } from "../../codec/errors.ts";

/**
 * Why a connection ended or never came about.
 *
 * - `unreachable`: nobody answers at the address, or its name does not resolve.
 * - `timeout`: connected, but the other side was too slow.
 * - `closed`: the other side closed the connection.
 * - `handshake`: the encrypted connection could not be made.
 * - `identity`: the other side is not who we dialed or who it says it is, or it is ourselves.
 * - `incompatible`: another network or block protocol, or no common channel.
 * - `known`: it is connected, or being connected, already.
 * - `refused`: we have no room for the peer: limits, or another peer has its IP.
 * - `banned`: it misbehaved before.
 * - `malformed`: bytes that no honest node sends.
 * - `flood`: more than the protocol allows.
 * - `misbehaviour`: well-formed, but against the rules of the channel's protocol.
 * - `unresponsive`: no answer to our pings, or a message that is never finished.
 * - `overload`: memory for incoming messages ran out.
 * - `internal`: our own failure while we handled its message.
 * - `stopped`: we end the connection for reasons of our own.
 */
export type PeerFaultKind =
  | "unreachable"
  | "timeout"
  | "closed"
  | "handshake"
  | "identity"
  | "incompatible"
  | "known"
  | "refused"
  | "banned"
  | "malformed"
  | "flood"
  | "misbehaviour"
  | "unresponsive"
  | "overload"
  | "internal"
  | "stopped";

/** Why a peer is gone, and how long it must stay away. */
export class PeerFault extends QanatError {
  readonly kind: PeerFaultKind;
  /** Milliseconds for which the peer is neither dialed nor let in; 0 for none. */
  readonly banMs: number;

  constructor(
    kind: PeerFaultKind,
    message: string,
    data: ErrorData = {},
    options: ErrorOptions & { banMs?: number } = {},
  ) {
    super(`peer/${kind}`, message, data, options);
    this.name = "PeerFault";
    this.kind = kind;
    this.banMs = options.banMs ?? 0;
  }
}

/** How long the protocol bans for (cometbft.md gotcha 17). */
export const BAN_MS = 24 * 3600 * 1000;

/** Shorthand for the commonest fault. */
export function malformed(message: string, data: ErrorData = {}, options?: ErrorOptions): PeerFault {
  return new PeerFault("malformed", message, data, options);
}
