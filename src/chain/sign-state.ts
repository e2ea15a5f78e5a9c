import { readFileSync } from "node:fs";
import { equal, fromHex, toHex } from "../codec/bytes.ts";
import { type PublicKey, publicKey } from "../codec/common-types.ts";
import { CodecError } from "../codec/errors.ts";
import {
  bytes,
  fromJsonText,
  type Infer,
  i64,
  optional,
  struct,
  toJsonText,
  withText,
} from "../codec/schema.ts";
import { writeFileDurably } from "../crypto/durable-file.ts";
import { type ConsensusSigner, signConsensusMessage } from "./consensus-signature.ts";
import { ChainError } from "./errors.ts";
import type { Proposal } from "./proposal.ts";
import {
  proposalSignBytes,
  type SignedVotePart,
  signedVotePart,
  timeOfSameProposal,
  timeOfSameVote,
  voteSignBytes,
} from "./sign-bytes.ts";
import type { Time } from "./time.ts";
import { SIGNED_MSG_TYPE, type Vote } from "./vote.ts";

/** Name of the file in the consensus data directory. */
export const SIGN_STATE_FILE = "oasis_priv_validator.json";

const FILE_MODE = 0o600;

const upperHex = withText(
  bytes,
  (value) => toHex(value ?? new Uint8Array(0)).toUpperCase(),
  (text) => fromHex(text),
);

/** The file's content, as the official node writes it (cometbft.md section 5). */
const SignStateFile = struct("SignState", {
  height: i64,
  round: i64,
  step: i64,
  signature: optional(bytes),
  signbytes: optional(upperHex),
  public_key: publicKey,
});
type SignStateFile = Infer<typeof SignStateFile>;

/** Order of what a validator signs within a round. */
const SIGN_STEP = { propose: 1, prevote: 2, precommit: 3 } as const;

/** Height, round and step of the last signature. */
export interface SignPosition {
  height: bigint;
  round: bigint;
  step: bigint;
}

/**
 * The last signature of a validator, in a file: it never signs for an earlier height, round and step, nor two
 * different things for the same.
 *
 * Signing changes memory only. Whoever lets a signature out of the process must `persist` first; where several
 * signatures stay inside, as a lone validator's do until its block is stored, one write covers them.
 */
export class SignState {
  readonly #path: string;
  readonly #signer: ConsensusSigner;
  #last: SignStateFile;
  #isDirty: boolean;

  private constructor(path: string, signer: ConsensusSigner, last: SignStateFile, isDirty: boolean) {
    this.#path = path;
    this.#signer = signer;
    this.#last = last;
    this.#isDirty = isDirty;
  }

  /**
   * Reads the file, or starts one where there is none.
   * @throws ChainError of kind `sign-state` when it is damaged or belongs to another key: signing without its memory
   *   would not be safe, so somebody has to look
   */
  static open(path: string, signer: ConsensusSigner): SignState {
    const text = readIfPresent(path);
    if (text === null) {
      const state = new SignState(path, signer, SignStateFile.make({ public_key: signer.publicKey }), true);
      state.persist();
      return state;
    }
    const last = parse(path, text);
    if (!equal(last.public_key, signer.publicKey)) {
      throw new ChainError("sign-state", `${path} belongs to another consensus key than this node's`);
    }
    return new SignState(path, signer, last, false);
  }

  get publicKey(): PublicKey {
    return this.#signer.publicKey;
  }

  get position(): SignPosition {
    const { height, round, step } = this.#last;
    return { height, round, step };
  }

  /** The last signed message when it was a vote of that height; null otherwise. */
  lastVote(height: bigint): (SignedVotePart & { signature: Uint8Array }) | null {
    const { signbytes, signature, step } = this.#last;
    if (this.#last.height !== height || step === BigInt(SIGN_STEP.propose)) return null;
    return signbytes === null || signature === null ? null : { ...signedVotePart(signbytes), signature };
  }

  /** The signed vote; for the same vote as last time the old time and signature.
   * @throws ChainError of kind `sign-state`
   */
  signVote(chainId: string, vote: Vote): Vote {
    const step = vote.type === SIGNED_MSG_TYPE.prevote ? SIGN_STEP.prevote : SIGN_STEP.precommit;
    return {
      ...vote,
      ...this.#sign(vote, step, vote.timestamp, voteSignBytes(chainId, vote), timeOfSameVote),
    };
  }

  /** The signed proposal; for the same proposal as last time the old time and signature.
   * @throws ChainError of kind `sign-state`
   */
  signProposal(chainId: string, proposal: Proposal): Proposal {
    const signBytes = proposalSignBytes(chainId, proposal);
    return {
      ...proposal,
      ...this.#sign(proposal, SIGN_STEP.propose, proposal.timestamp, signBytes, timeOfSameProposal),
    };
  }

  /** Takes over a signature of ours that survived elsewhere, if it is later than the last one known. */
  adopt(chainId: string, message: { vote: Vote } | { proposal: Proposal }): void {
    const signed = "vote" in message ? message.vote : message.proposal;
    const signBytes =
      "vote" in message ? voteSignBytes(chainId, message.vote) : proposalSignBytes(chainId, message.proposal);
    const step = stepOf(signed.type);
    if (compare(this.#last, signed.height, signed.round, step) < 0) {
      this.#remember(signed.height, signed.round, step, signBytes, signed.signature);
    }
  }

  /** Makes what was signed so far survive a crash. Nothing to do when nothing was signed since the last time. */
  persist(): void {
    if (!this.#isDirty) return;
    writeFileDurably(this.#path, `${toJsonText(SignStateFile, this.#last)}\n`, FILE_MODE);
    this.#isDirty = false;
  }

  #sign(
    { height, round }: { height: bigint; round: number },
    step: number,
    time: Time,
    signBytes: Uint8Array,
    timeOfSame: (signed: Uint8Array, other: Uint8Array) => Time | null,
  ): { timestamp: Time; signature: Uint8Array } {
    const order = compare(this.#last, height, round, step);
    if (order > 0) throw refusal("a later one was signed before", this.#last, { height, round, step });
    if (order < 0) {
      const signature = signConsensusMessage(this.#signer, signBytes);
      this.#remember(height, round, step, signBytes, signature);
      return { timestamp: time, signature };
    }
    const { signbytes, signature } = this.#last;
    if (signbytes === null || signature === null) {
      throw refusal("the signature made then is not on record", this.#last, { height, round, step });
    }
    const signedTime = sameOrNull(timeOfSame, signbytes, signBytes);
    if (signedTime === null)
      throw refusal("another one was signed before", this.#last, { height, round, step });
    return { timestamp: signedTime, signature };
  }

  #remember(height: bigint, round: number, step: number, signbytes: Uint8Array, signature: Uint8Array): void {
    const { public_key } = this.#last;
    this.#last = { height, round: BigInt(round), step: BigInt(step), signature, signbytes, public_key };
    this.#isDirty = true;
  }
}

function stepOf(type: number): number {
  if (type === SIGNED_MSG_TYPE.proposal) return SIGN_STEP.propose;
  return type === SIGNED_MSG_TYPE.prevote ? SIGN_STEP.prevote : SIGN_STEP.precommit;
}

/** Negative when the last signature is for something earlier. */
function compare(last: SignPosition, height: bigint, round: number, step: number): number {
  if (last.height !== height) return last.height < height ? -1 : 1;
  if (last.round !== BigInt(round)) return last.round < BigInt(round) ? -1 : 1;
  return Number(last.step) - step;
}

function refusal(reason: string, { height, round, step }: SignPosition, wanted: object): ChainError {
  return new ChainError("sign-state", `not signing: ${reason}`, { last: { height, round, step }, wanted });
}

function sameOrNull(
  timeOfSame: (signed: Uint8Array, other: Uint8Array) => Time | null,
  signed: Uint8Array,
  other: Uint8Array,
): Time | null {
  try {
    return timeOfSame(signed, other);
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

function readIfPresent(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function parse(path: string, text: string): SignStateFile {
  try {
    return fromJsonText(SignStateFile, text);
  } catch (cause) {
    throw new ChainError("sign-state", `${path} is damaged`, {}, { cause });
  }
}
