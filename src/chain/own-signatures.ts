import { equal } from "../codec/bytes.ts";
import { type Disposer, Emitter } from "../telemetry/emitter.ts";
import type { Block } from "./block.ts";
import { equalBlockIds } from "./block-id.ts";
import { BLOCK_ID_FLAG } from "./commit.ts";
import type { VoteSet } from "./vote-set.ts";

/**
 * What became of our precommit for a decided block, seen from the block after it:
 *
 * - `included`: it is in the commit that the next proposer put into its block.
 * - `late`: we signed the block, but the next proposer did not have our signature yet.
 * - `nil`: we voted for no block, because proposal or prevotes did not reach us in time.
 * - `none`: we did not vote at all.
 */
export type SignatureOutcome = "included" | "late" | "nil" | "none";

export interface OwnSignature {
  /** Of the decided block. */
  readonly height: bigint;
  readonly outcome: SignatureOutcome;
}

/** How often each outcome was, of the heights that were decided while this process ran and had us as a validator. */
export interface SignatureFigures extends Readonly<Record<SignatureOutcome, bigint>> {
  /** The first such height. */
  readonly sinceHeight: bigint;
  /** The last height whose outcome was not `included`; null when there was none. */
  readonly lastMissed: OwnSignature | null;
}

/**
 * What became of our precommit for the block before this one.
 * @param precommits all that we have for that block, late ones too; null before the first block
 * @param address of our consensus key
 * @returns null when we were no validator then
 */
export function ownSignature(
  { last_commit }: Pick<Block, "last_commit">,
  precommits: VoteSet | null,
  address: Uint8Array | null,
): OwnSignature | null {
  if (precommits === null || address === null) return null;
  const index = precommits.validators.indexOf(address);
  if (index < 0) return null;
  const { height, block_id, signatures } = last_commit;
  const inCommit = signatures.find(({ validator_address }) => equal(validator_address, address));
  if (inCommit?.block_id_flag === BLOCK_ID_FLAG.commit) return { height, outcome: "included" };
  const vote = precommits.vote(index);
  if (vote === null) return { height, outcome: "none" };
  return { height, outcome: equalBlockIds(vote.block_id, block_id) ? "late" : "nil" };
}

/** Counts outcomes, and tells of them. */
export class SignatureRecord {
  readonly #added = new Emitter<OwnSignature>();
  #figures: SignatureFigures | null = null;

  /** null before the first, and where we are no validator. */
  get figures(): SignatureFigures | null {
    return this.#figures;
  }

  /** Calls `listener` with what became of our signature for a block, when the next block tells. */
  subscribe(listener: (signature: OwnSignature) => void): Disposer {
    return this.#added.subscribe(listener);
  }

  add(signature: OwnSignature): void {
    const { height, outcome } = signature;
    const before = this.#figures ?? {
      ...{ sinceHeight: height, lastMissed: null },
      ...{ included: 0n, late: 0n, nil: 0n, none: 0n },
    };
    this.#figures = {
      ...before,
      [outcome]: before[outcome] + 1n,
      ...(outcome !== "included" && { lastMissed: signature }),
    };
    this.#added.emit(signature);
  }
}
