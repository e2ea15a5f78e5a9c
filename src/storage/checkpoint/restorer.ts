import { equal } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { hashOf, sha512_256 } from "../../crypto/hash.ts";
import { checkpointErrors, storageErrors } from "../../types/errors.ts";
import { Metadata, ROOT_IO, ROOT_STATE } from "../../types/storage.ts";
import type { NodeDb } from "../node-db/node-db.ts";
import { CHECKPOINT_VERSION } from "./checkpoint-files.ts";
import { BadChunk, readChunk } from "./read-chunk.ts";

/**
 * Restores one checkpoint after the other into a node database, chunks in any order. What was restored stays when the
 * process ends: after a restart `current` is the checkpoint that is to be continued.
 *
 * The version must be begun before and finalized afterwards: {@link Multipart.start}, {@link NodeDb.finalize}.
 * facts/formats.md 6.6, 6.7.
 */
export class Restorer {
  readonly #db: NodeDb;
  /** Kind of the tree that is being restored; null when none is. */
  #rootType: number | null;

  constructor(db: NodeDb) {
    this.#db = db;
    const unfinished = db.multipart
      .checkpoints()
      .find(({ root }) => db.multipart.storedChunks(root.root_type)!.includes(false));
    this.#rootType = unfinished?.root.root_type ?? null;
  }

  /** The checkpoint that is being restored; null when none is. */
  get current(): Metadata | null {
    return this.#rootType === null ? null : this.#begun(this.#rootType);
  }

  /** Indices of the chunks that are still wanted. */
  get missing(): number[] {
    const stored = this.#rootType === null ? [] : this.#db.multipart.storedChunks(this.#rootType)!;
    return stored.flatMap((isStored, index) => (isStored ? [] : [index]));
  }

  /**
   * Begins a checkpoint, or continues it when it was begun before. Of one that is complete nothing is missing.
   * @throws CodedError `storage/mkvs/checkpoint` 3 while another one is being restored, `storage/mkvs/db` 14 when its
   *   version is not begun; QanatError `storage/checkpoint` when its description is not a valid one
   */
  start(checkpoint: Metadata): void {
    checkDescription(checkpoint);
    const begun = this.current ?? this.#begun(checkpoint.root.root_type);
    if (begun !== null) {
      if (!equal(hashOf(Metadata, begun), hashOf(Metadata, checkpoint))) {
        throw checkpointErrors.restoreAlreadyInProgress();
      }
      return;
    }
    this.#db.multipart.begin(checkpoint);
    this.#rootType = checkpoint.root.root_type;
  }

  /** The checkpoint of a kind of tree that was begun, also when it is complete; null when there is none. */
  #begun(rootType: number): Metadata | null {
    return this.#db.multipart.checkpoints().find(({ root }) => root.root_type === rootType) ?? null;
  }

  /** Drops what was restored of the current checkpoint. Nothing happens when there is none. */
  abort(): void {
    if (this.#rootType !== null) this.#db.multipart.drop(this.#rootType);
    this.#rootType = null;
  }

  /**
   * Restores a chunk, a bit at a time.
   * @returns whether the checkpoint is complete with it
   * @throws CodedError `storage/mkvs/checkpoint` 4 when none is being restored, 5 when the chunk is not wanted, 7 when
   *   it is not the one that the checkpoint names: another copy may be; 6 when the checkpoint itself is wrong: it is
   *   aborted then
   */
  *restoreChunk(index: number, chunk: Uint8Array): Generator<void, boolean> {
    const { current } = this;
    if (current === null) throw checkpointErrors.noRestoreInProgress();
    const { root, chunks } = current;
    const stored = this.#db.multipart.storedChunks(root.root_type)!;
    if (stored[index] !== false) throw checkpointErrors.chunkAlreadyRestored();
    const digest = sha512_256(chunk);
    if (!equal(digest, chunks![index]!)) {
      throw checkpointErrors
        .chunkCorrupted()
        .with("digest incorrect", { expected: chunks![index], got: digest });
    }
    try {
      const top = yield* readChunk(root.hash, chunk);
      const isComplete = yield* this.#db.multipart.put(root.root_type, index, top);
      if (isComplete) this.#rootType = null;
      return isComplete;
    } catch (error) {
      const isWrong = error instanceof BadChunk || storageErrors.expectedRootMismatch().matches(error);
      if (!isWrong) throw error;
      this.abort();
      const { message } = error as Error;
      throw checkpointErrors.chunkProofVerificationFailed().with(message, {}, { cause: error });
    }
  }
}

/** oasis-core v26.1 go/storage/mkvs/checkpoint/metadata.go. */
function checkDescription({ version, root, chunks }: Metadata): void {
  const isValid =
    version === CHECKPOINT_VERSION &&
    (root.root_type === ROOT_STATE || root.root_type === ROOT_IO) &&
    (chunks?.length ?? 0) > 0;
  if (!isValid) throw new QanatError("storage/checkpoint", "not a checkpoint of a known kind");
}
