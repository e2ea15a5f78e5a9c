import { accessSync, constants } from "node:fs";
import { RecordedHeights } from "./ahead/recorded-heights.ts";
import type { AttestationVerifier } from "./attestation.ts";
import type { Difference } from "./replay-difference.ts";

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
  /** Gives the verifier, once the thread that reads the recording was started: nothing waits for that thread then. */
  readonly attestation: () => Promise<AttestationVerifier | null>;
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
  /** Upgrades that operators submitted to their nodes past governance, as what the blocks did to the state tells. */
  readonly local_upgrades: readonly ReplayedUpgrade[];
  /** 0, or 1: the replay ends at the first difference. */
  readonly mismatches: number;
  readonly first_mismatch: ReplayMismatch | null;
}

export interface ReplayedUpgrade {
  readonly height: bigint;
  readonly handler: string;
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
  accessSync(options.chain, constants.R_OK);
  const heights = new RecordedHeights(options.chain);
  try {
    // Loaded step by step, so that the thread starts first, and verifies while the state machine is loaded.
    const { readReplayGenesis } = await import("./replay-genesis.ts");
    const genesis = await readReplayGenesis(options);
    heights.begin(
      { chainContext: genesis.chainContext, chainId: genesis.comet.chain_id },
      genesis.comet.validators.map(({ public_key }) => public_key),
    );
    const { Replay } = await import("./replay-run.ts");
    const run = new Replay({ genesis, chain: options.chain }, { attestation: await deps.attestation() });
    let mismatch: ReplayMismatch | null = null;
    for await (const recorded of heights.read(genesis.known)) {
      if (options.to !== null && recorded.height > options.to) {
        break;
      }
      const difference = run.next(recorded);
      heights.setVrfInput(run.vrfInput);
      if (difference !== null) {
        mismatch = { height: recorded.height, ...difference };
        break;
      }
    }
    const seconds = (performance.now() - start) / 1000;
    return {
      height: run.height,
      state_root: run.stateRootText,
      blocks: run.blocks,
      transactions: run.transactions,
      seconds,
      blocks_per_second: run.blocks / seconds,
      peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
      local_upgrades: run.upgrades,
      mismatches: mismatch === null ? 0 : 1,
      first_mismatch: mismatch,
    };
  } finally {
    await heights.close();
  }
}
