import { equal } from "../../codec/bytes.ts";
import type { Commit } from "../commit.ts";
import { ChainError, invalid } from "../errors.ts";
import { checkLightBlock, type LightBlock } from "../light-block.ts";
import type { Time } from "../time.ts";
import { NANOS_PER_SECOND } from "../time.ts";
import { consensusAddress } from "../validator.ts";
import type { ValidatorSet } from "../validator-set.ts";
import { type Fraction, verifyCommitLight, verifyCommitTrusting } from "../verify-commit.ts";

export interface LightVerifyOptions {
  chainId: string;
  /** How long a verified block may be trusted, in nanoseconds; less than the time stakes stay bonded. */
  trustingPeriod: bigint;
  /** Share of trusted power that must have signed when heights are skipped. */
  trustLevel: Fraction;
  /** How far in the future a block's time may lie, in nanoseconds. */
  maxClockDrift: bigint;
}

/** The official node's choices (cometbft.md 7.1). */
export const LIGHT_VERIFY_DEFAULTS: Omit<LightVerifyOptions, "chainId"> = {
  trustingPeriod: 30n * 24n * 3600n * NANOS_PER_SECOND,
  trustLevel: { numerator: 1n, denominator: 3n },
  maxClockDrift: 10n * NANOS_PER_SECOND,
};

/**
 * Verifies a later block from a trusted one, without what lies between. Pure: the caller says what time it is.
 *
 * Neighbours are linked by the hash of the next validators. Further on, enough of the trusted validators must have
 * signed; when they have not, a block in between has to be verified first.
 * @throws TooFarApart when that is so, ChainError for everything else
 */
export function verifyLightBlock(
  options: LightVerifyOptions,
  trusted: LightBlock,
  untrusted: LightBlock,
  now: Time,
): void {
  const { chainId, trustLevel, maxClockDrift } = options;
  const { header, commit, validators } = untrusted;
  if (isExpired(options, trusted, now)) throw invalid("the trusted block is too old");
  checkLightBlock(chainId, untrusted);
  checkAddresses(validators);
  if (header.height <= trusted.header.height) throw invalid("the block is not after the trusted one");
  if (header.time <= trusted.header.time) throw invalid("the block's time is not after the trusted one's");
  if (header.time >= now + maxClockDrift) throw invalid("the block is from the future");
  if (header.height === trusted.header.height + 1n) {
    if (!equal(header.validators_hash, trusted.header.next_validators_hash)) {
      throw invalid("the validators are not those that the trusted block announces");
    }
  } else {
    verifyTrusting(chainId, trusted.validators, commit, trustLevel);
  }
  verifyCommitLight({ chainId, height: header.height, blockId: commit.block_id, validators }, commit);
}

/** Whether a block was verified too long ago to verify others by it: its validators may have left with their stake. */
export function isExpired(
  { trustingPeriod }: Pick<LightVerifyOptions, "trustingPeriod">,
  { header }: LightBlock,
  now: Time,
): boolean {
  return header.time + trustingPeriod <= now;
}

/** Too few of the trusted validators have signed. */
export class TooFarApart extends ChainError {
  constructor(options: ErrorOptions) {
    super("power", "too few of the trusted validators have signed the block", {}, options);
    this.name = "TooFarApart";
  }
}

function verifyTrusting(chainId: string, trusted: ValidatorSet, commit: Commit, trustLevel: Fraction): void {
  try {
    verifyCommitTrusting(chainId, trusted, commit, trustLevel);
  } catch (cause) {
    if (cause instanceof ChainError && cause.kind === "power") throw new TooFarApart({ cause });
    throw cause;
  }
}

/** The hash of a validator set does not cover addresses, by which signatures are looked up later. */
export function checkAddresses({ validators }: ValidatorSet): void {
  for (const { address, pub_key } of validators) {
    if (!equal(address, consensusAddress(pub_key))) throw invalid("validator address is not that of its key");
  }
}
