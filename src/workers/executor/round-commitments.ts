import { equal, toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { type SignatureDomain, signCommitment, signProposal } from "../../consensus/roothash/commitment.ts";
import { hashOf } from "../../crypto/hash.ts";
import type { Signer } from "../../crypto/signature.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { ExecutorCommit, type RuntimeState } from "../../types/roothash.ts";
import { Header } from "../../types/roothash-block.ts";
import {
  ComputeResultsHeader,
  type ExecutorCommitment,
  FAILURE_NONE,
  FAILURE_UNKNOWN,
  type Proposal,
} from "../../types/roothash-commitment.ts";
import type { SubmissionManager } from "../submission.ts";
import { delay, type Timers } from "../timers.ts";
import type { ScheduledBatch } from "./scheduled-batch.ts";

export interface RoundCommitmentsDeps {
  readonly signer: Signer;
  readonly submission: SubmissionManager;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Before a commitment that was not taken is submitted again. */
const retryMs = 1000;

/** What this node signs in one round: one commitment for each scheduler, for who signs two is punished. */
export class RoundCommitments {
  readonly #domain: SignatureDomain;
  readonly #deps: RoundCommitmentsDeps;
  /** Ranks of the schedulers. */
  readonly ranks = new Set<bigint>();
  readonly #ends = new AbortController();

  /** @param state as of the beginning; a node that was started again finds there what it signed before */
  constructor(
    domain: SignatureDomain,
    state: Pick<RuntimeState, "commitment_pool">,
    deps: RoundCommitmentsDeps,
  ) {
    this.#domain = domain;
    this.#deps = deps;
    const own = toHex(deps.signer.publicKey);
    for (const [rank, { votes }] of state.commitment_pool?.scheduler_commitments ?? []) {
      if (votes?.has(own)) this.ranks.add(BigInt(rank));
    }
  }

  /** Signs what this node proposes. */
  propose({ header, inputRoot, txHashes }: ScheduledBatch): Proposal {
    const { round, previous_hash } = header;
    const proposed = { round, previous_hash, batch_hash: inputRoot };
    return signProposal(proposed, [...txHashes], this.#deps.signer, this.#domain);
  }

  /** Commits to the results of a batch, which are on disk. @param scheduler who proposed it */
  commit(batch: ScheduledBatch, scheduler: PublicKey, rank: bigint): void {
    const { signer } = this.#deps;
    const header = {
      scheduler_id: scheduler,
      header: batch.header,
      failure: FAILURE_NONE,
      rak_sig: batch.rakSignature,
    };
    // Messages go along with the scheduler's own commitment; their hash in the header is what others vote for.
    const isOwn = equal(scheduler, signer.publicKey);
    const messages = isOwn && batch.messages.length > 0 ? [...batch.messages] : null;
    this.#submit(signCommitment(header, messages, signer, this.#domain), rank);
  }

  /** Commits to a failure: the batch that was proposed cannot be executed. */
  commitFailure(last: Header, scheduler: PublicKey, rank: bigint): void {
    const results = ComputeResultsHeader.make({
      round: last.round + 1n,
      previous_hash: hashOf(Header, last),
    });
    const header = { scheduler_id: scheduler, header: results, failure: FAILURE_UNKNOWN, rak_sig: null };
    this.#submit(signCommitment(header, null, this.#deps.signer, this.#domain), rank);
  }

  /** The round is over. */
  end(): void {
    this.#ends.abort();
  }

  #submit(commitment: ExecutorCommitment, rank: bigint): void {
    this.ranks.add(rank);
    void this.#submitUntilTaken(commitment);
  }

  async #submitUntilTaken(commitment: ExecutorCommitment): Promise<void> {
    const { submission, signer, timers, logger } = this.#deps;
    const { signal } = this.#ends;
    const body = { id: this.#domain.runtimeId, commits: [commitment] };
    while (!signal.aborted) {
      try {
        await submission.submit(signer, "roothash.ExecutorCommit", ExecutorCommit, body, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ error, round: commitment.header.header.round }, "a commitment was not taken");
      }
      await delay(timers, retryMs, signal).catch(() => {});
    }
  }
}
