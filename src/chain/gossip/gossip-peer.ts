import { CodecError } from "../../codec/errors.ts";
import { PeerFault } from "../../p2p/comet/errors.ts";
import type { Peer } from "../../p2p/comet/peer.ts";
import { ChainError } from "../errors.ts";

/** What the reactors need of a peer. */
export type GossipPeer = Pick<Peer, "id" | "trySend" | "send" | "stop" | "markGood">;

/** How long a peer that sends forgeries stays away. */
export const FORGERY_BAN_MS = 3_600_000;

/**
 * Handles a peer's message; what is wrong with it becomes the peer's fault.
 * @throws PeerFault
 */
export function atPeersFault<T>(handle: () => T): T {
  try {
    return handle();
  } catch (error) {
    if (error instanceof CodecError || (error instanceof ChainError && error.kind === "malformed")) {
      throw new PeerFault("malformed", error.message, error.data, { cause: error });
    }
    if (error instanceof ChainError && error.kind !== "stopped" && error.kind !== "corrupt") {
      throw new PeerFault("misbehaviour", error.message, error.data, { cause: error });
    }
    throw error;
  }
}
