import { equal, toHex } from "../../codec/bytes.ts";
import type { Hash, Namespace } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { MkvsTree } from "../../storage/mkvs/mkvs-tree.ts";
import type { NodeDb } from "../../storage/node-db/node-db.ts";
import { pruneVersions } from "../../storage/node-db/prune-versions.ts";
import { emptyRoot } from "../../storage/root.ts";
import type { AnnotatedBlock, Header } from "../../types/roothash-block.ts";
import { ROOT_IO, ROOT_STATE, type Root, type WriteLog } from "../../types/storage.ts";
import type { ScheduledBatch } from "../executor/scheduled-batch.ts";
import type { RoundStoreMetrics } from "./metrics.ts";
import type { RoundHistory } from "./round-history.ts";

export interface RoundStoreDeps {
  db: NodeDb;
  history: RoundHistory;
  /** Runs `body` with all its writes made or none, and on disk when it returns. */
  transaction<T>(body: () => T): T;
  readonly metrics?: RoundStoreMetrics | null;
}

/** What became of a block that was to be stored. */
export type FinalizeOutcome = "finalized" | "known" | "stateMissing";

/** A tree that is not here: how it differs from one that is, somebody else must tell. */
export interface MissingTree {
  readonly start: Root;
  readonly end: Root;
}

/** A write log does not lead to the tree that it was given for. */
export class WrongDiff extends QanatError {
  readonly root: Root;

  constructor(root: Root, cause?: unknown) {
    super("storage/wrong-diff", "the changes lead to another root", { root }, { cause });
    this.root = root;
  }
}

/**
 * The states and the inputs and outputs of a ParaTime's rounds, and its blocks (facts/runtime.md 6.5, 6.6).
 *
 * Results of our own execution come first, as candidates; the consensus layer's block then decides which of them is
 * final. Rounds without a result keep their parent's state.
 */
export class RoundStore {
  readonly runtimeId: Namespace;
  readonly #deps: RoundStoreDeps;

  constructor(runtimeId: Namespace, deps: RoundStoreDeps) {
    this.runtimeId = runtimeId;
    this.#deps = deps;
  }

  /** The last block whose state is stored; null before the first. */
  get lastBlock(): AnnotatedBlock | null {
    return this.#deps.history.last();
  }

  /** The block of a round, or null when it is not stored. */
  block(round: bigint): AnnotatedBlock | null {
    return this.#deps.history.get(round);
  }

  /** The first block that is still stored. */
  get firstBlock(): AnnotatedBlock | null {
    return this.#deps.history.first();
  }

  /**
   * Stores the results of executing a batch on `parent`, and makes them durable: nothing is signed before that.
   * @throws CodedError `storage` 3 when the write logs do not lead to the roots that the ParaTime claims.
   */
  applyResults(parent: Header, batch: Pick<ScheduledBatch, "header" | "ioWriteLog" | "stateWriteLog">): void {
    const { header } = batch;
    const beganMs = performance.now();
    this.#deps.transaction(() => {
      const io = MkvsTree.empty(ROOT_IO, this.#deps.db);
      io.applyWriteLog(batch.ioWriteLog);
      io.commitKnown(this.#root(ROOT_IO, header.round, header.io_root!));
      const state = this.#stateTree(parent);
      state.applyWriteLog(batch.stateWriteLog);
      state.commitKnown(this.#root(ROOT_STATE, header.round, header.state_root!));
    });
    this.#deps.metrics?.committed(toHex(this.runtimeId), (performance.now() - beganMs) / 1000);
  }

  /**
   * Makes the block's roots the final ones of its round.
   * @returns `stateMissing` when a root is not here: somebody else executed the round.
   */
  finalize(annotated: AnnotatedBlock): FinalizeOutcome {
    return this.#deps.transaction(() => this.#finalize(annotated));
  }

  has(root: Root): boolean {
    return this.#deps.db.hasRoot(root);
  }

  /**
   * The trees of a round that are not here. Those that equal their parents need not be.
   * @param parent header of the round before, which need not be stored yet; null when it is not known: the state cannot
   *   be told by its changes then
   * @returns null when the state is missing and has no known parent
   */
  missingTrees(parent: Header | null, header: Header): MissingTree[] | null {
    const { db } = this.#deps;
    const missing: MissingTree[] = [];
    const io = this.#root(ROOT_IO, header.round, header.io_root);
    if (!db.hasRoot(io)) missing.push({ start: emptyRoot(this.runtimeId, header.round, ROOT_IO), end: io });
    const state = this.#root(ROOT_STATE, header.round, header.state_root);
    if (db.hasRoot(state) || (parent !== null && equal(parent.state_root, header.state_root))) return missing;
    if (parent === null) return null;
    missing.push({ start: this.#root(ROOT_STATE, parent.round, parent.state_root), end: state });
    return missing;
  }

  /**
   * Stores the trees of a round that others computed, and makes them final, all or nothing.
   * @param diffs the changes of the trees that {@link missingTrees} names
   * @throws WrongDiff when changes do not lead to their root: whoever gave them lied
   */
  adopt(
    annotated: AnnotatedBlock,
    diffs: readonly (MissingTree & { readonly writeLog: WriteLog })[],
  ): FinalizeOutcome {
    return this.#deps.transaction(() => {
      for (const { start, end, writeLog } of diffs) {
        const tree = this.open(start);
        applyChanges(tree, writeLog, end);
        tree.commitKnown(end);
      }
      return this.#finalize(annotated);
    });
  }

  /** The roots of a round's trees: state, then inputs and outputs. */
  rootsOf({ block: { header } }: AnnotatedBlock): [state: Root, io: Root] {
    return [
      this.#root(ROOT_STATE, header.round, header.state_root),
      this.#root(ROOT_IO, header.round, header.io_root),
    ];
  }

  /**
   * Makes a round final whose trees were restored from checkpoints. Rounds before it are not stored.
   * @throws CodedError `storage/mkvs/db` 8 when a tree is not complete
   */
  adoptRestored(annotated: AnnotatedBlock): void {
    const { db, history } = this.#deps;
    this.#deps.transaction(() => {
      db.finalize(this.rootsOf(annotated));
      history.append(annotated);
    });
  }

  /** Drops what there is of a checkpoint that was not restored to its end. */
  abortRestore(): void {
    this.#deps.db.multipart.abort();
  }

  /**
   * The changes between two stored roots of which the second follows the first.
   * @throws CodedError as {@link NodeDb.writeLog}
   */
  writeLog(start: Root, end: Root): WriteLog {
    return this.#deps.db.writeLog(start, end);
  }

  /** State after a stored round. */
  stateTree(round: bigint): MkvsTree | null {
    const block = this.block(round);
    return block === null ? null : this.#stateTree(block.block.header);
  }

  /** Inputs, outputs and events of a stored round. */
  ioTree(round: bigint): MkvsTree | null {
    const block = this.block(round);
    return block === null ? null : this.open(this.#root(ROOT_IO, round, block.block.header.io_root));
  }

  /**
   * Any stored tree.
   * @throws CodedError `storage/mkvs/db` 8 when the root is not known, 10 for another namespace.
   */
  open(root: Root): MkvsTree {
    return MkvsTree.open(this.#deps.db, root);
  }

  /**
   * Drops blocks and states of rounds before `round`, a step at a time: at most `limit` blocks, and nodes of the states in
   * proportion. Those of the last round always stay.
   * @returns whether more is left to do
   */
  prune(round: bigint, limit: number): boolean {
    const { db, history } = this.#deps;
    return this.#deps.transaction(() => {
      const moreBlocks = history.prune(round, limit);
      const first = history.first();
      // The states follow the blocks, as a round that is answered for has its state (facts/runtime.md 6.6).
      const moreStates = first !== null && pruneVersions(db, first.block.header.round, limit);
      return moreBlocks || moreStates;
    });
  }

  #finalize(annotated: AnnotatedBlock): FinalizeOutcome {
    const { db, history } = this.#deps;
    const { header } = annotated.block;
    const latest = db.latestVersion();
    if (latest !== null && header.round <= latest) return "known";
    const state = this.#root(ROOT_STATE, header.round, header.state_root);
    const io = this.#root(ROOT_IO, header.round, header.io_root);
    if (!db.hasRoot(io)) return "stateMissing";
    if (!db.hasRoot(state)) {
      const parent = history.last();
      if (parent === null || !equal(parent.block.header.state_root, header.state_root)) return "stateMissing";
      this.#stateTree(parent.block.header).commit(this.runtimeId, header.round);
    }
    db.finalize([state, io]);
    history.append(annotated);
    return "finalized";
  }

  #stateTree(header: Header): MkvsTree {
    return this.open(this.#root(ROOT_STATE, header.round, header.state_root));
  }

  #root(type: number, round: bigint, hash: Hash): Root {
    return { ns: this.runtimeId, version: round, root_type: type, hash };
  }
}

function applyChanges(tree: MkvsTree, writeLog: WriteLog, end: Root): void {
  try {
    tree.applyWriteLog(writeLog);
  } catch (cause) {
    if (cause instanceof QanatError && cause.code.startsWith("mkvs/")) throw new WrongDiff(end, cause);
    throw cause;
  }
  if (!equal(tree.rootHash(), end.hash)) throw new WrongDiff(end);
}
