import type { PeerFault } from "./errors.ts";
import type { ChannelLimits } from "./mux/connection-options.ts";
import type { Peer } from "./peer.ts";

/**
 * A channel and who listens on it. Everything is called synchronously, in the turn in which it happens; a reactor with
 * several channels gives `onPeer` and `onPeerGone` with one of them.
 *
 * What a listener throws ends the connection: a PeerFault with its own reason, a CodecError as malformed, anything else
 * as our failure, which is logged.
 */
export interface Channel extends ChannelLimits {
  /** Takes a message; the bytes are the listener's to keep. */
  onMessage(peer: Peer, message: Uint8Array): void;
  /** A peer has connected. Nothing has been received from it. */
  onPeer?(peer: Peer): void;
  /** A peer has gone; sends to it fail. */
  onPeerGone?(peer: Peer, reason: PeerFault): void;
}
