import { equal, toHex } from "../../codec/bytes.ts";
import { decode, encode } from "../../codec/schema.ts";
import { hashOf, sha512_256 } from "../../crypto/hash.ts";
import { CHECKPOINT_VERSION } from "../../storage/checkpoint/checkpoint-files.ts";
import { Metadata, ROOT_STATE } from "../../types/storage.ts";
import { invalid } from "../errors.ts";
import type { SnapshotProto } from "./state-sync-message.ts";

/** The one format of snapshots that there is: a checkpoint of the consensus state. */
const FORMAT = CHECKPOINT_VERSION;
const CONSENSUS_NAMESPACE = new Uint8Array(32);

/** A checkpoint of the consensus state as peers offer it. */
export interface Snapshot {
  /** The block whose state it is. */
  readonly height: bigint;
  readonly format: number;
  readonly checkpoint: Metadata;
  /** Hash of the description in hex, by which snapshots are told apart. */
  readonly key: string;
  /** Bytes of the description. */
  readonly size: number;
}

/**
 * A peer's offer. Whether the root is the chain's is not checked.
 * @throws ChainError, CodecError when it is not what it says, or of a format that nobody knows
 */
export function openSnapshot({ height, format, chunks, hash, metadata }: SnapshotProto): Snapshot {
  if (format !== FORMAT) throw invalid("snapshot of an unknown format", { format });
  if (!equal(sha512_256(metadata), hash)) throw invalid("snapshot's hash is not that of its description");
  const checkpoint = decode(Metadata, metadata);
  const { root } = checkpoint;
  const fits =
    checkpoint.version === CHECKPOINT_VERSION &&
    checkpoint.chunks?.length === chunks &&
    root.version === height &&
    root.root_type === ROOT_STATE &&
    equal(root.ns, CONSENSUS_NAMESPACE);
  if (!fits) throw invalid("snapshot's description does not fit it", { height });
  return { height, format, checkpoint, key: toHex(hash), size: metadata.length };
}

/** A checkpoint of ours as an offer (cometbft.md 7.3). */
export function snapshotOf(checkpoint: Metadata): SnapshotProto {
  return {
    height: checkpoint.root.version,
    format: FORMAT,
    chunks: checkpoint.chunks?.length ?? 0,
    hash: hashOf(Metadata, checkpoint),
    metadata: encode(Metadata, checkpoint),
  };
}
