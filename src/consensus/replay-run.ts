import type { BlockInput, BlockResults } from "../chain/application.ts";
import { type ChainState, genesisState, stateAfterBlock } from "../chain/chain-state.ts";
import { openBlock } from "../chain/open-block.ts";
import { type RecordedWrite, readRecordedChain } from "../chain/recorded-chain.ts";
import { decodeResults, encodeResults } from "../chain/results.ts";
import { equal, toHex } from "../codec/bytes.ts";
import { QanatError } from "../codec/errors.ts";
import type { KnownSignatures } from "../crypto/known-signatures.ts";
import type { VerifiedHeight } from "./ahead/recorded-heights.ts";
import type { VrfInput } from "./ahead/vrf-verifier.ts";
import { ConsensusApplication } from "./application.ts";
import type { AttestationVerifier } from "./attestation.ts";
import { UnsupportedError } from "./errors.ts";
import type { ExecutedBlock } from "./execute-block.ts";
import type { ReplayedUpgrade } from "./replay.ts";
import { compareResults, compareWrites, type Difference } from "./replay-difference.ts";
import type { ReplayGenesis } from "./replay-genesis.ts";
import { MemoryStateStore } from "./state-store.ts";
import { UPGRADE_HANDLERS } from "./upgrade/handlers.ts";

interface RunOptions {
  readonly genesis: ReplayGenesis;
  /** Path of the recorded chain. */
  readonly chain: string;
}

interface RunDeps {
  readonly attestation: AttestationVerifier | null;
}

/** A replay under way. */
export class Replay {
  readonly #chainPath: string;
  readonly #application: ConsensusApplication;
  /** What came out of the block, kept for the comparison; null when it was not executed to the end. */
  #executed: ExecutedBlock | null = null;
  readonly #known: KnownSignatures;
  #state: ChainState;
  readonly #store = new MemoryStateStore();
  #localUpgrades: readonly string[] = [];
  height = 0n;
  #stateRoot: Uint8Array;
  blocks = 0;
  transactions = 0;
  readonly upgrades: ReplayedUpgrade[] = [];

  /** Makes the state before the first block. */
  constructor({ genesis, chain }: RunOptions, deps: RunDeps) {
    const { document, comet, debug, chainContext } = genesis;
    this.#chainPath = chain;
    this.#known = genesis.known;
    this.#application = new ConsensusApplication(
      { document, chainContext, dontBlameOasis: debug, allowTestKeys: debug, minGasPrice: 0n },
      {
        store: this.#store,
        logger: { warn: () => {} },
        proposer: null,
        ownTxSigner: null,
        attestation: deps.attestation,
        observer: {
          onExecuted: (executed) => {
            this.#executed = executed;
          },
        },
        known: this.#known,
        localUpgrades: () => this.#localUpgrades,
      },
    );
    const init = this.#application.initChain({
      chainId: comet.chain_id,
      time: comet.genesis_time,
      initialHeight: comet.initial_height,
      validators: comet.validators,
    });
    this.#state = genesisState(comet, init);
    this.#stateRoot = init.appHash;
  }

  /** Hex of the state root after the last block. */
  get stateRootText(): string {
    return toHex(this.#stateRoot);
  }

  /** What VRF proofs are about since the last block; null where the network has none. */
  get vrfInput(): VrfInput | null {
    return this.#application.vrfInput;
  }

  /** Executes the next block; the first difference from what was recorded, or null. */
  next(recorded: VerifiedHeight): Difference | null {
    try {
      return this.#execute(recorded);
    } catch (error) {
      return explainFailure(error) ?? rethrow(error);
    }
  }

  #execute(recorded: VerifiedHeight): Difference | null {
    const { block, blockId, input } = openBlock(this.#state, recorded.block, {
      known: this.#known,
      examined: recorded.verified.id,
    });
    if (!equal(blockId.hash, recorded.hash)) {
      return { what: "header hash", expected: toHex(recorded.hash), got: toHex(blockId.hash) };
    }
    const outcome = this.#finalize(input, recorded);
    if (!("results" in outcome)) {
      return outcome;
    }
    const { appHash } = this.#application.commit();
    this.#state = stateAfterBlock(this.#state, blockId, block.header, outcome.results, appHash);
    this.height = recorded.height;
    this.#stateRoot = appHash;
    this.blocks++;
    this.transactions += block.txs.length;
    return null;
  }

  /**
   * Executes the block as it is, else as the block of an upgrade that operators submitted to their nodes past
   * governance (`control upgrade-binary`): the chain tells of it only by what it does to the state.
   * @returns what came out, or how it differs from what was recorded
   * @throws what went wrong with the block as it is
   */
  #finalize(input: BlockInput, recorded: VerifiedHeight): { results: BlockResults } | Difference {
    this.#executed = null;
    try {
      const results = this.#application.finalizeBlock(input);
      return this.#compare(recorded) ?? { results };
    } catch (error) {
      if (this.#executed === null) {
        throw error;
      }
      // The proposer's roots differ from ours: say which result or key, unless an upgrade explains it.
      const difference = this.#compare(recorded);
      const results = this.#finalizeUpgrade(input);
      if (results === null && difference === null) {
        throw error;
      }
      return results === null ? difference! : (this.#compare(recorded) ?? { results });
    }
  }

  /** Null when no upgrade that this version knows makes the block possible. */
  #finalizeUpgrade(input: BlockInput): BlockResults | null {
    for (const handler of UPGRADE_HANDLERS) {
      this.#localUpgrades = [handler];
      try {
        this.#store.rollback();
        const results = this.#application.finalizeBlock(input);
        this.upgrades.push({ height: input.height, handler });
        return results;
      } catch (error) {
        if (!(error instanceof QanatError)) {
          throw error;
        }
      } finally {
        this.#localUpgrades = [];
      }
    }
    return null;
  }

  /** How the block that was executed differs from what was recorded. */
  #compare(recorded: VerifiedHeight): Difference | null {
    const { results, stateRoot } = this.#executed!;
    // Encoding ours is less work than decoding theirs, and gives the same bytes unless a log text differs.
    const isSame = equal(encodeResults(results), recorded.results);
    const inResults = isSame ? null : compareResults(decodeResults(recorded.results), results);
    if (inResults !== null || equal(stateRoot, recorded.stateRoot)) {
      return inResults;
    }
    return (
      compareWrites(recordedWrites(this.#chainPath, recorded.height), this.#store.pendingChanges()) ?? {
        what: "state root",
        expected: toHex(recorded.stateRoot),
        got: toHex(stateRoot),
      }
    );
  }
}

/** What a block changed in the state; most of a recording, and only looked at when something differs. */
function recordedWrites(path: string, height: bigint): readonly RecordedWrite[] {
  for (const recorded of readRecordedChain(path)) {
    if (recorded.height === height) {
      return recorded.writes ?? [];
    }
  }
  return [];
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
