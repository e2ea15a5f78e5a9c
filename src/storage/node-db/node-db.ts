import type { Namespace } from "../../codec/common-types.ts";
import type { Root, WriteLog } from "../../types/storage.ts";
import type { NodeSource, Ref } from "../mkvs/node.ts";
import type { Multipart } from "./multipart.ts";

/** A changed tree on its way into the database. */
export interface Batch {
  /** What the tree was before; the empty root when it was built from nothing. */
  readonly parent: Root;
  readonly root: Root;
  /** The top of the tree. */
  readonly top: Ref | null;
  /** The nodes that the parent does not have, hashed, each before those below it. */
  readonly added: readonly Ref[];
  /** Numbers of the parent's nodes that the tree does not have. */
  readonly obsolete: readonly number[];
  readonly writeLog: readonly [key: Uint8Array, value: Uint8Array | null][];
}

/** What a tree needs of a database: the nodes it stands on, and where its commits go. */
export type TreeStore = NodeSource & Pick<NodeDb, "top" | "commit">;

/**
 * The versions of the trees of one namespace: the consensus state's, or one ParaTime's state and I/O trees.
 *
 * A version is a height or a round. While it is pending it may have several candidate roots of each type;
 * finalizing it keeps at most one of each type. Finalized versions are dropped from the earliest on.
 * Rules and codes: facts/formats.md 6.6.
 */
export interface NodeDb extends NodeSource {
  readonly namespace: Namespace;
  /** Puts a version together from checkpoints. */
  readonly multipart: Multipart;
  /** Whether the root is there; the empty root always is. */
  hasRoot(root: Root): boolean;
  /** All roots of a version; none for versions that were pruned. */
  rootsForVersion(version: bigint): Root[];
  /** The last finalized version, null before the first. */
  latestVersion(): bigint | null;
  /** The first version that was not pruned; 0 before the first finalized one. */
  earliestVersion(): bigint;
  /**
   * Changes from `start` to `end` as they were committed.
   * @throws CodedError `storage/mkvs/db` 9 when `end` does not follow `start`, 10 for another namespace, 8 when
   *   `end` is not known, 2 when there is no log of exactly this pair
   */
  writeLog(start: Root, end: Root): NonNullable<WriteLog>;
  /**
   * The top of a stored tree.
   * @throws CodedError `storage/mkvs/db` 8 when the root is not known, 10 for another namespace
   */
  top(root: Root): Ref | null;
  /**
   * Stores a tree; a root that is known is left as it is. On success the references in the batch are shared. When a
   * transaction around the call is undone afterwards, the tree must be opened again from a root that is there.
   * @returns the top of the stored tree
   * @throws CodedError `storage/mkvs/db` 9 when the root does not follow its parent, 8 when the parent is not
   *   known, 4 when the version is finalized, 13 while its version is restored from checkpoints, 14 while another one
   *   is, 10, 12
   */
  commit(batch: Batch): Ref | null;
  /**
   * Makes `roots`, all of one version and at most one of each type, the roots of that version, and drops its
   * other candidates and what was built on them. A version that was restored from checkpoints need not follow the last
   * one; versions in between are then empty.
   * @throws CodedError `storage/mkvs/db` 4 when the version is finalized already, 3 when the one before is not,
   *   8 when a root is not known or not complete, 14 while another version is restored, 10, 12
   */
  finalize(roots: readonly Root[]): void;
  /**
   * Drops the earliest version and, with a higher `count`, those after it, but never the last. The nodes that only they
   * have are garbage then: {@link NodeDb.collectGarbage} deletes them, the better the more versions were dropped at once.
   * @throws CodedError `storage/mkvs/db` 3 when the version is not finalized, 11 when it is not the earliest, 16
   *   when it is the last, 13 while a version is restored from checkpoints, 12
   */
  prune(version: bigint, count?: number): void;
  /**
   * Deletes nodes that dropped versions have left, at most `limit` of them.
   * @returns whether more are left
   */
  collectGarbage(limit: number): boolean;
}
