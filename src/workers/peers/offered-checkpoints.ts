import { equal, toHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import { hashOf } from "../../crypto/hash.ts";
import type { ProtocolClient } from "../../p2p/libp2p/committee-network.ts";
import type { PeerFeedback } from "../../p2p/libp2p/rpc/rpc-client.ts";
import { CHECKPOINT_VERSION } from "../../storage/checkpoint/checkpoint-files.ts";
import { Metadata, ROOT_IO, ROOT_STATE } from "../../types/storage.ts";
import { getCheckpointChunk, getCheckpoints } from "./storage-sync-protocols.ts";

export type CheckpointClient = Pick<ProtocolClient, "rpc" | "scores">;

/** A checkpoint, and the peers that have it. */
export interface OfferedCheckpoint {
  readonly metadata: Metadata;
  readonly offers: readonly { readonly client: CheckpointClient; readonly feedback: PeerFeedback }[];
}

/** Checkpoints of one peer that are looked at; nodes keep a few. */
const MAX_OFFERED = 256;
/** Chunks of a checkpoint: of those there are, the largest has some thousand. */
const MAX_CHUNKS = 1 << 20;

/**
 * Asks peers which checkpoints they have. Whoever names one that cannot be is blocked.
 * @returns the newest first, of one round those that more peers have
 * @throws the signal's reason
 */
export async function offeredCheckpoints(
  clients: readonly CheckpointClient[],
  runtimeId: Namespace,
  signal: AbortSignal,
): Promise<OfferedCheckpoint[]> {
  const found = new Map<string, { metadata: Metadata; offers: OfferedCheckpoint["offers"][number][] }>();
  for (const client of clients) {
    const { rpc, scores } = client;
    const request = { version: CHECKPOINT_VERSION };
    const answers = await rpc.callMulti(scores.best(), getCheckpoints, request, signal);
    for (const { value, feedback } of answers) {
      const list = value.checkpoints ?? [];
      if (list.length > MAX_OFFERED || !list.every((one) => isPossible(one, runtimeId))) {
        feedback.bad();
        continue;
      }
      for (const metadata of list.filter((one) => one !== null)) {
        const id = toHex(hashOf(Metadata, metadata));
        const known = found.get(id) ?? { metadata, offers: [] };
        // Old and new protocol at one peer are one offer.
        if (known.offers.some((offer) => offer.feedback.peer === feedback.peer)) continue;
        known.offers.push({ client, feedback });
        found.set(id, known);
      }
      if (list.length > 0) feedback.good();
    }
  }
  return [...found.values()].sort(
    (a, b) => Number(b.metadata.root.version - a.metadata.root.version) || b.offers.length - a.offers.length,
  );
}

/**
 * Fetches one chunk from one of those who have the checkpoint.
 * @throws the failure of the last peer; the signal's reason
 */
export async function fetchChunk(
  { metadata, offers }: OfferedCheckpoint,
  index: number,
  signal: AbortSignal,
): Promise<{ readonly chunk: Uint8Array; readonly feedback: PeerFeedback }> {
  const { version, root, chunks } = metadata;
  const request = { version, root, index: BigInt(index), digest: chunks![index]! };
  let failure: unknown = null;
  for (const client of new Set(offers.map((offer) => offer.client))) {
    const among = new Set(
      offers.filter((offer) => offer.client === client).map(({ feedback }) => feedback.peer),
    );
    try {
      const answer = await client.rpc.call(client.scores.best(among), getCheckpointChunk, request, signal);
      return { chunk: answer.value.chunk ?? new Uint8Array(), feedback: answer.feedback };
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

function isPossible(metadata: Metadata | null, runtimeId: Namespace): boolean {
  if (metadata === null) return false;
  const { version, root, chunks } = metadata;
  const count = chunks?.length ?? 0;
  return (
    version === CHECKPOINT_VERSION &&
    equal(root.ns, runtimeId) &&
    (root.root_type === ROOT_STATE || root.root_type === ROOT_IO) &&
    count > 0 &&
    count <= MAX_CHUNKS
  );
}
