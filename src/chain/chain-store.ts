import { equal, readU64be, u64be } from "../codec/bytes.ts";
import type { Environment } from "../storage/environment/environment.ts";
import type { Range, Table } from "../storage/environment/table.ts";
import { tables } from "../storage/tables.ts";
import type { BlockResults } from "./application.ts";
import { type Block, parseBlock } from "./block.ts";
import { BlockID } from "./block-id.ts";
import { type ChainState, decodeState, encodeState, nextHeight } from "./chain-state.ts";
import { Commit } from "./commit.ts";
import { type ConsensusParams, ConsensusParamsProto, fromConsensusParamsProto } from "./consensus-params.ts";
import { ChainError } from "./errors.ts";
import { incrementProposerPriority } from "./proposer-priority.ts";
import { decodeResults, encodeResults } from "./results.ts";
import type { Decision } from "./rounds/round-input.ts";
import type { ValidatorSet } from "./validator-set.ts";
import { decodeValidatorSet, encodeValidatorSet } from "./validator-set-proto.ts";
import { decode, encode } from "./wire.ts";

/** A whole validator set is stored at least this often, to bound the steps of rebuilding one (cometbft.md section 6). */
const VALIDATORS_CHECKPOINT = 100_000n;

/** Decoded blocks that are kept in memory. */
const MAX_RECENT_BLOCKS = 8;

/** A block of the store. */
export interface StoredBlock {
  readonly block: Block;
  /** Header hash, 32 bytes. */
  readonly hash: Uint8Array;
  /** Length of the block's protobuf encoding in bytes. */
  readonly size: bigint;
}

type HeightTable = Table<readonly [height: bigint], Uint8Array>;

/** Blocks, results, validators and state of a chain in a database. */
export class ChainStore {
  readonly #env: Environment;
  readonly #blocks: HeightTable;
  readonly #blockIds: HeightTable;
  readonly #heights: Table<readonly [hash: Uint8Array], Uint8Array>;
  readonly #seenCommit: HeightTable;
  readonly #results: HeightTable;
  readonly #validators: HeightTable;
  readonly #params: HeightTable;
  readonly #state: HeightTable;
  /** Blocks decoded lately: the newest ones are read many times. */
  readonly #recent = new Map<bigint, StoredBlock>();
  /** Undefined until it is read for the first time. */
  #newestState: ChainState | null | undefined;

  constructor(env: Environment) {
    this.#env = env;
    this.#blocks = env.table(tables.chainBlocks);
    this.#blockIds = env.table(tables.chainBlockIds);
    this.#heights = env.table(tables.chainHeights);
    this.#seenCommit = env.table(tables.chainSeenCommit);
    this.#results = env.table(tables.chainResults);
    this.#validators = env.table(tables.chainValidators);
    this.#params = env.table(tables.chainParams);
    this.#state = env.table(tables.chainState);
  }

  /** Height of the newest block, 0 when there is none. */
  get height(): bigint {
    return firstKey(this.#blocks, { reverse: true }) ?? 0n;
  }

  /** Height of the oldest block, 0 when there is none. */
  get base(): bigint {
    return firstKey(this.#blocks, {}) ?? 0n;
  }

  /** Stores a decided block with its commit and results; on disk when it returns. */
  saveBlock({ block, blockId, encoded, commit }: Decision, results: BlockResults): void {
    const { height } = block.header;
    this.#env.transaction(() => {
      this.#blocks.put([height], encoded);
      this.#blockIds.put([height], encode(BlockID, blockId));
      this.#heights.put([blockId.hash], u64be(height));
      this.#seenCommit.remove([height - 1n]);
      this.#seenCommit.put([height], encode(Commit, commit));
      this.#results.put([height], encodeResults(results));
    });
    this.#remember(height, { block, hash: blockId.hash, size: BigInt(encoded.length) });
  }

  /**
   * Stores the state after a block, or the one to begin with; on disk when it returns.
   * @param alongWith writes that belong to the same block: all are made or none
   */
  saveState(state: ChainState, alongWith: () => void = () => {}): void {
    this.#env.transaction(() => {
      alongWith();
      const height = nextHeight(state);
      if (state.last_block_height === 0n) {
        this.#putValidators(height, state.validators);
      } else {
        this.#state.remove([state.last_block_height - 1n]);
      }
      const changed = state.last_height_validators_changed === height + 1n;
      if (changed || (height + 1n) % VALIDATORS_CHECKPOINT === 0n) {
        this.#putValidators(height + 1n, state.next_validators);
      }
      this.#putParams(height, state.consensus_params);
      this.#state.put([state.last_block_height], encodeState(state));
    });
    this.#newestState = state;
  }

  /**
   * Begins a chain in the middle: with the state after a block that is not here, and the commit for that block.
   * @throws ChainError when there is a chain already
   */
  begin(state: ChainState, commit: Commit): void {
    if (this.state() !== null) throw new ChainError("corrupt", "the chain was begun before");
    const { last_block_height: height } = state;
    this.#env.transaction(() => {
      this.#putValidators(height, state.last_validators);
      this.#putValidators(height + 1n, state.validators);
      this.#putValidators(height + 2n, state.next_validators);
      this.#putParams(height + 1n, state.consensus_params);
      this.#seenCommit.put([height], encode(Commit, commit));
      this.#state.put([height], encodeState(state));
    });
    this.#newestState = state;
  }

  /** The newest state; null in a new database.
   * @throws ChainError of kind `corrupt`
   */
  state(): ChainState | null {
    if (this.#newestState === undefined) {
      const [entry] = this.#state.range({ reverse: true, limit: 1 });
      this.#newestState =
        entry === undefined ? null : readOwn("state", entry[0][0], () => decodeState(entry[1]));
    }
    return this.#newestState;
  }

  encodedBlock(height: bigint): Uint8Array | null {
    return this.#blocks.get([height]);
  }

  block(height: bigint): StoredBlock | null {
    const cached = this.#recent.get(height);
    if (cached !== undefined) return cached;
    const encoded = this.#blocks.get([height]);
    const blockId = this.blockId(height);
    if (encoded === null || blockId === null) return null;
    const block = readOwn("block", height, () => parseBlock(encoded));
    const stored = { block, hash: blockId.hash, size: BigInt(encoded.length) };
    this.#remember(height, stored);
    return stored;
  }

  blockId(height: bigint): BlockID | null {
    const encoded = this.#blockIds.get([height]);
    return encoded === null ? null : readOwn("block id", height, () => decode(BlockID, encoded));
  }

  /** Height of the block with that header hash. */
  heightOf(hash: Uint8Array): bigint | null {
    const height = this.#heights.get([hash]);
    return height === null ? null : readU64be(height);
  }

  results(height: bigint): BlockResults | null {
    const encoded = this.#results.get([height]);
    return encoded === null ? null : readOwn("results", height, () => decodeResults(encoded));
  }

  /** The commit for a block: the one in the next block, or for the newest one the one it was decided with. */
  commit(height: bigint): Commit | null {
    const next = this.block(height + 1n);
    if (next === null) return this.seenCommit(height);
    // The first block of a chain carries an empty commit for nothing.
    return next.block.last_commit.signatures.length === 0 ? null : next.block.last_commit;
  }

  /** The commit with which the newest block was decided; null for other heights. */
  seenCommit(height: bigint): Commit | null {
    const encoded = this.#seenCommit.get([height]);
    return encoded === null ? null : readOwn("commit", height, () => decode(Commit, encoded));
  }

  /** Validators of a height, with their priorities; known up to the height after the next block. */
  validators(height: bigint): ValidatorSet | null {
    const state = this.state();
    if (state === null || height > nextHeight(state) + 1n) return null;
    const [entry] = this.#validators.range({ to: [height + 1n], reverse: true, limit: 1 });
    if (entry === undefined) return null;
    const set = readOwn("validators", height, () => decodeValidatorSet(entry[1]));
    const steps = Number(height - entry[0][0]);
    return steps === 0 ? set : incrementProposerPriority(set, steps);
  }

  /** Consensus parameters of a height; known up to the next block. */
  params(height: bigint): ConsensusParams | null {
    const state = this.state();
    if (state === null || height > nextHeight(state)) return null;
    const [entry] = this.#params.range({ to: [height + 1n], reverse: true, limit: 1 });
    if (entry === undefined) return null;
    return readOwn("parameters", height, () =>
      fromConsensusParamsProto(decode(ConsensusParamsProto, entry[1])),
    );
  }

  /**
   * Removes the blocks below a height with their results, from the oldest on and at most `limit` of them; the newest
   * always stays, and so does what later heights need.
   * @returns whether more are left to remove
   */
  prune(below: bigint, limit: number): boolean {
    const newest = this.height;
    const to = below < newest ? below : newest;
    const found = [...this.#blocks.keys({ to: [to], limit: limit + 1 })];
    const heights = found.slice(0, limit).map(([height]) => height);
    if (heights.length === 0) return false;
    this.#env.transaction(() => {
      for (const height of heights) {
        const blockId = this.blockId(height);
        if (blockId !== null) this.#heights.remove([blockId.hash]);
        this.#blocks.remove([height]);
        this.#recent.delete(height);
        this.#blockIds.remove([height]);
        this.#results.remove([height]);
      }
      const end = heights.at(-1)! + 1n;
      removeSuperseded(this.#validators, end);
      removeSuperseded(this.#params, end);
    });
    return found.length > limit;
  }

  #remember(height: bigint, stored: StoredBlock): void {
    this.#recent.set(height, stored);
    if (this.#recent.size > MAX_RECENT_BLOCKS) this.#recent.delete(this.#recent.keys().next().value!);
  }

  #putValidators(height: bigint, validators: ValidatorSet): void {
    this.#validators.put([height], encodeValidatorSet(validators));
  }

  #putParams(height: bigint, params: ConsensusParams): void {
    const encoded = encode(ConsensusParamsProto, params);
    const [last] = this.#params.range({ reverse: true, limit: 1 });
    if (last === undefined || !equal(last[1], encoded)) this.#params.put([height], encoded);
  }
}

function firstKey(table: HeightTable, range: Range<readonly [bigint]>): bigint | null {
  const [key] = table.keys({ ...range, limit: 1 });
  return key === undefined ? null : key[0];
}

/** Removes the entries before the last one that applies at `height`. */
function removeSuperseded(table: HeightTable, height: bigint): void {
  const [applicable] = table.keys({ to: [height + 1n], reverse: true, limit: 1 });
  if (applicable === undefined) return;
  for (const key of [...table.keys({ to: applicable })]) table.remove(key);
}

function readOwn<T>(what: string, height: bigint, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new ChainError(
      "corrupt",
      `stored ${what} of height ${height} does not decode`,
      { height },
      { cause },
    );
  }
}
