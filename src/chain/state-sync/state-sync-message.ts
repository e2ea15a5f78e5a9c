import { malformed } from "../../p2p/comet/errors.ts";
import { bool, bytes, decode, type Infer, message, oneof, scalar, uint32, uint64 } from "../wire.ts";

export const SNAPSHOT_CHANNEL = 0x60;
export const CHUNK_CHANNEL = 0x61;

/** Longest messages of the two channels, in bytes (CometBFT statesync/messages.go). */
export const MAX_SNAPSHOT_MESSAGE = 4_000_000;
export const MAX_CHUNK_MESSAGE = 16_000_000;
/** Most chunks of a snapshot. */
export const MAX_CHUNKS = 100_000;

export const SnapshotProto = message("tendermint.statesync.SnapshotsResponse", {
  height: scalar(1, uint64),
  format: scalar(2, uint32),
  chunks: scalar(3, uint32),
  hash: scalar(4, bytes),
  metadata: scalar(5, bytes),
});
export type SnapshotProto = Infer<typeof SnapshotProto>;

const ChunkRequest = message("tendermint.statesync.ChunkRequest", {
  height: scalar(1, uint64),
  format: scalar(2, uint32),
  index: scalar(3, uint32),
});

const ChunkResponse = message("tendermint.statesync.ChunkResponse", {
  height: scalar(1, uint64),
  format: scalar(2, uint32),
  index: scalar(3, uint32),
  chunk: scalar(4, bytes),
  missing: scalar(5, bool),
});

/** Messages of the state sync channels (cometbft.md 3.6). */
export const StateSyncMessage = oneof("tendermint.statesync.Message", {
  snapshots_request: [1, message("tendermint.statesync.SnapshotsRequest", {})],
  snapshots_response: [2, SnapshotProto],
  chunk_request: [3, ChunkRequest],
  chunk_response: [4, ChunkResponse],
});
export type StateSyncMessage = NonNullable<Infer<typeof StateSyncMessage>>;

/**
 * A message of a peer.
 * @throws CodecError, PeerFault for what no honest peer sends
 */
export function readMessage(encoded: Uint8Array): StateSyncMessage {
  const read = decode(StateSyncMessage, encoded);
  if (read === null) throw malformed("it sends an unknown message on a state sync channel");
  if (read.type === "snapshots_request") return read;
  if (read.value.height === 0n) throw malformed("it sends a state sync message of height 0");
  if (read.type === "snapshots_response") {
    const { chunks, hash } = read.value;
    if (hash.length === 0) throw malformed("it offers a snapshot without a hash");
    if (chunks === 0 || chunks > MAX_CHUNKS) {
      throw malformed("it offers a snapshot with an impossible number of chunks", { chunks });
    }
  }
  if (read.type === "chunk_response" && read.value.missing !== (read.value.chunk.length === 0)) {
    throw malformed("it sends a chunk that is neither there nor missing");
  }
  return read;
}
