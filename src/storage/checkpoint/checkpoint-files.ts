import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { toHex } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { decode, encode } from "../../codec/schema.ts";
import { writeFileDurably } from "../../crypto/durable-file.ts";
import { checkpointErrors } from "../../types/errors.ts";
import { type ChunkMetadata, Metadata, type Root } from "../../types/storage.ts";

/** The one version of checkpoints there is. */
export const CHECKPOINT_VERSION = 1;

const META = "meta";
const CHUNKS = "chunks";

/**
 * The checkpoints of one namespace in a folder, laid out as the official node does: `<version>/<root>/meta` and
 * `<version>/<root>/chunks/<index>` (facts/formats.md 6.7). A checkpoint is there when its `meta` is, which is written
 * last and removed first.
 */
export class CheckpointFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The checkpoints that are there, in order of versions.
   * @throws QanatError `storage/damaged` when one of them cannot be read
   */
  list(): Metadata[] {
    const found = this.#roots().flatMap((folder) => this.#read(join(folder, META)) ?? []);
    return found.sort((a, b) => Number(a.root.version - b.root.version));
  }

  /**
   * The checkpoint of a root; null when there is none. Roots of a version with the same hash, which only the empty
   * state and the empty I/O can have, share one, as in the official node.
   */
  find(root: Root): Metadata | null {
    return this.#read(join(this.#folderOf(root), META));
  }

  /**
   * A chunk's bytes, as they were written.
   * @throws CodedError `storage/mkvs/checkpoint` 2 when it is not there
   */
  async readChunk({ version, root, index }: ChunkMetadata): Promise<Uint8Array> {
    if (version !== CHECKPOINT_VERSION) throw checkpointErrors.chunkNotFound();
    try {
      return await readFile(this.chunkPath(root, index));
    } catch (cause) {
      throw checkpointErrors.chunkNotFound().with(String(index), {}, { cause });
    }
  }

  /** Where a chunk of a checkpoint is. */
  chunkPath(root: Root, index: bigint): string {
    return join(this.#folderOf(root), CHUNKS, String(index));
  }

  /** Begins the checkpoint of a root with an empty folder; it is not there before {@link complete}. */
  begin(root: Root): void {
    this.remove(root);
    mkdirSync(join(this.#folderOf(root), CHUNKS), { recursive: true, mode: 0o700 });
  }

  /** Makes the chunks durable, and then the checkpoint be there. */
  async complete(checkpoint: Metadata, signal: AbortSignal): Promise<void> {
    for (let index = 0; index < (checkpoint.chunks?.length ?? 0); index++) {
      const file = await open(this.chunkPath(checkpoint.root, BigInt(index)), "r");
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      signal.throwIfAborted();
    }
    writeFileDurably(join(this.#folderOf(checkpoint.root), META), encode(Metadata, checkpoint), 0o600);
  }

  /** Removes a checkpoint, or what there is of one. */
  remove(root: Root): void {
    this.#remove(this.#folderOf(root));
  }

  /** Removes what checkpoints have left that were never completed. */
  removeIncomplete(): void {
    for (const folder of this.#roots()) {
      if (!existsSync(join(folder, META))) this.#remove(folder);
    }
  }

  #remove(folder: string): void {
    rmSync(join(folder, META), { force: true });
    rmSync(folder, { recursive: true, force: true });
    try {
      rmdirSync(join(folder, ".."));
    } catch (error) {
      // Another root of the version is still there, or none ever was.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOENT") throw error;
    }
  }

  #folderOf({ version, hash }: Root): string {
    return join(this.#folder, String(version), toHex(hash));
  }

  /** Folders of all roots, also of those that are not complete. */
  #roots(): string[] {
    return namesIn(this.#folder).flatMap((version) =>
      namesIn(join(this.#folder, version)).map((root) => join(this.#folder, version, root)),
    );
  }

  #read(path: string): Metadata | null {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
    try {
      return decode(Metadata, new Uint8Array(bytes));
    } catch (cause) {
      throw new QanatError(
        "storage/damaged",
        `the checkpoint's description ${path} cannot be read: remove its folder`,
        { path },
        { cause },
      );
    }
  }
}

/** Folders in a folder; none when it is not there. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
