import type { BlockResults } from "../chain/application.ts";
import { type ChainState, genesisState, stateAfterBlock } from "../chain/chain-state.ts";
import { openBlock } from "../chain/open-block.ts";
import { type RecordedHeight, readRecordedChain } from "../chain/recorded-chain.ts";
import { decodeResults } from "../chain/results.ts";
import { equal, toHex } from "../codec/bytes.ts";
import { QanatError } from "../codec/errors.ts";
import { chainContext } from "../config/genesis/chain-context.ts";
import { cometGenesis } from "../config/genesis/comet-genesis.ts";
import { readGenesis } from "../config/genesis/read-genesis.ts";
import { createBlacklist } from "../crypto/blacklist.ts";
import type { Overlay } from "../storage/overlay.ts";
import type { Document } from "../types/genesis.ts";
import { ConsensusApplication } from "./application.ts";
import type { AttestationVerifier } from "./attestation.ts";
import { UnsupportedError } from "./errors.ts";
import type { BlockObserver, ExecutedBlock } from "./execute-block.ts";
import { compareResults, compareWrites, type Difference } from "./replay-difference.ts";
import { MemoryStateStore } from "./state-store.ts";

export interface ReplayOptions {
  /** Path of the genesis document. */
  readonly genesis: string;
  /** Path of the recorded chain, `NAME.jsonl.gz`. */
  readonly chain: string;
  /** Last height to replay; null: all. */
  readonly to: bigint | null;
  /** Whether the network ran in debug mode; null: as the genesis document's debug parameters suggest. */
  readonly debug: boolean | null;
}

export interface ReplayDeps {
  readonly attestation: AttestationVerifier | null;
}

/** What was replayed; the fields are those that `debug replay` prints. */
export interface ReplayResult {
  /** Last height that was executed. */
  readonly height: bigint;
  /** State root after it. */
  readonly state_root: string;
  readonly blocks: number;
  readonly transactions: number;
  readonly seconds: number;
  readonly blocks_per_second: number;
  readonly peak_rss_bytes: number;
  /** 0, or 1: the replay ends at the first difference. */
  readonly mismatches: number;
  readonly first_mismatch: ReplayMismatch | null;
}

export interface ReplayMismatch extends Difference {
  readonly height: bigint;
}

/**
 * Replays a recorded chain from its genesis document: opens, verifies and executes every block, and compares state
 * roots, results, validator updates and header hashes with the recorded ones.
 * @throws the system's error when a file cannot be read, GenesisError, ChainError for a file that does not decode
 */
export async function runReplay(options: ReplayOptions, deps: ReplayDeps): Promise<ReplayResult> {
  const start = performance.now();
  const document = await readGenesis(options.genesis);
  const run = new Replay(document, options.debug ?? hasDebugParameters(document), deps);
  let mismatch: ReplayMismatch | null = null;
  for (const recorded of readRecordedChain(options.chain)) {
    if (options.to !== null && recorded.height > options.to) {
      break;
    }
    const difference = run.next(recorded);
    if (difference !== null) {
      mismatch = { height: recorded.height, ...difference };
      break;
    }
  }
  const seconds = (performance.now() - start) / 1000;
  return {
    height: run.height,
    state_root: toHex(run.stateRoot),
    blocks: run.blocks,
    transactions: run.transactions,
    seconds,
    blocks_per_second: run.blocks / seconds,
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    mismatches: mismatch === null ? 0 : 1,
    first_mismatch: mismatch,
  };
}

/** A replay under way. */
class Replay {
  readonly #application: ConsensusApplication;
  readonly #observation: Observation;
  #state: ChainState;
  height = 0n;
  stateRoot: Uint8Array;
  blocks = 0;
  transactions = 0;

  constructor(document: Document, debug: boolean, deps: ReplayDeps) {
    const context = chainContext(document);
    const blacklist = createBlacklist({ allowTestKeys: debug });
    const genesis = cometGenesis(document, { debug, blacklist });
    this.#observation = new Observation();
    this.#application = new ConsensusApplication(
      { document, chainContext: context, dontBlameOasis: debug, allowTestKeys: debug, minGasPrice: 0n },
      {
        store: new MemoryStateStore(),
        logger: { warn: () => {} },
        proposer: null,
        ownTxSigner: null,
        attestation: deps.attestation,
        observer: this.#observation,
      },
    );
    const init = this.#application.initChain({
      chainId: genesis.chain_id,
      time: genesis.genesis_time,
      initialHeight: genesis.initial_height,
      validators: genesis.validators,
    });
    this.#state = genesisState(genesis, init);
    this.stateRoot = init.appHash;
  }

  /** Executes the next block; the first difference from what was recorded, or null. */
  next(recorded: RecordedHeight): Difference | null {
    try {
      return this.#execute(recorded);
    } catch (error) {
      return explainFailure(error) ?? rethrow(error);
    }
  }

  #execute(recorded: RecordedHeight): Difference | null {
    const { block, blockId, input } = openBlock(this.#state, recorded.block);
    if (!equal(blockId.hash, recorded.hash)) {
      return { what: "header hash", expected: toHex(recorded.hash), got: toHex(blockId.hash) };
    }
    this.#observation.reset();
    let results: BlockResults;
    try {
      results = this.#application.finalizeBlock(input);
    } catch (error) {
      // The proposer's roots differ from ours: say which result or key, if it was executed to the end.
      const difference = this.#observation.compare(recorded);
      if (difference !== null) {
        return difference;
      }
      throw error;
    }
    const difference = this.#observation.compare(recorded);
    if (difference !== null) {
      return difference;
    }
    const { appHash } = this.#application.commit();
    this.#state = stateAfterBlock(this.#state, blockId, block.header, results, appHash);
    this.height = recorded.height;
    this.stateRoot = appHash;
    this.blocks++;
    this.transactions += block.txs.length;
    return null;
  }
}

/** What the application did with the block, kept for the comparison. */
class Observation implements BlockObserver {
  #writes: { key: Uint8Array; value: Uint8Array | null; former: Uint8Array | null }[] = [];
  #executed: ExecutedBlock | null = null;

  reset(): void {
    this.#writes = [];
    this.#executed = null;
  }

  onChanges(changes: Overlay): void {
    for (const [key, value] of changes.changes()) {
      this.#writes.push({ key, value, former: changes.base.get(key) });
    }
  }

  onExecuted(executed: ExecutedBlock): void {
    this.#executed = executed;
  }

  /** Null also when the block was not executed to the end. */
  compare(recorded: RecordedHeight): Difference | null {
    if (this.#executed === null) {
      return null;
    }
    const { results, stateRoot } = this.#executed;
    const inResults = compareResults(decodeResults(recorded.results), results);
    if (inResults !== null || equal(stateRoot, recorded.stateRoot)) {
      return inResults;
    }
    return (
      compareWrites(recorded.writes ?? [], this.#writes) ?? {
        what: "state root",
        expected: toHex(recorded.stateRoot),
        got: toHex(stateRoot),
      }
    );
  }
}

function explainFailure(error: unknown): Difference | null {
  if (error instanceof UnsupportedError) {
    return { what: `unsupported: ${error.data.what}`, expected: "executed", got: error.message };
  }
  return error instanceof QanatError ? { what: "block", expected: "accepted", got: error.message } : null;
}

function rethrow(error: unknown): never {
  throw error;
}

/** Whether the document sets any parameter that only networks in debug mode accept. */
function hasDebugParameters({ registry, roothash, staking, scheduler, beacon }: Document): boolean {
  return [registry.params, roothash.params, staking.params, scheduler.params, beacon.params].some((params) =>
    Object.entries(params).some(
      ([name, value]) => name.startsWith("debug_") && value !== false && value !== null && value !== 0n,
    ),
  );
}
