import type { NodeSource, Ref } from "../mkvs/node.ts";

/** The tree that is cut into chunks. */
export interface ChunkedTree {
  readonly source: NodeSource;
  /** Null for the empty tree. */
  readonly top: Ref | null;
}

/** Takes the entries of the proof that one chunk is. */
export interface ChunkOutput {
  put(entry: Uint8Array | null): void;
  /** The chunk is complete. */
  end(): void;
}
