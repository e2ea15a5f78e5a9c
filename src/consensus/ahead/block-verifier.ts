import type { Block } from "../../chain/block.ts";
import { parseBlock } from "../../chain/block.ts";
import { voteSignBytes } from "../../chain/sign-bytes.ts";
import { consensusAddress } from "../../chain/validator.ts";
import { precommitOf } from "../../chain/vote.ts";
import { toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { contexts } from "../../crypto/contexts.ts";
import { CLAIM_LENGTH, writeClaim } from "../../crypto/known-signatures.ts";
import { type SignatureClaim, signedDigest, verifyDigest } from "../../crypto/signature.ts";
import { transactionClaims } from "./transaction-claims.ts";

/** The network whose blocks are verified ahead. */
export interface AheadNetwork {
  /** 64 hex characters. */
  readonly chainContext: string;
  /** CometBFT's chain id. */
  readonly chainId: string;
}

const NO_BLOCK: Pick<Block, "txs"> & { last_commit: null } = { txs: [], last_commit: null };

/**
 * Verifies the signatures in blocks whose turn has not come yet, without any state. It decides nothing: what it finds
 * valid goes into a memory of known signatures, all else is left to those who execute the block.
 */
export class BlockVerifier {
  readonly #network: AheadNetwork;
  /** Consensus keys by the hex of their addresses: commits only have addresses. */
  readonly #keys = new Map<string, PublicKey>();

  constructor(network: AheadNetwork) {
    this.#network = network;
  }

  /** Consensus keys whose signatures commits may have. */
  addKeys(keys: readonly Uint8Array[]): void {
    for (const key of keys) this.#keys.set(toHex(consensusAddress(key)), key);
  }

  /** Claims of valid signatures in an encoded block, for `KnownSignatures.addAll`. Never throws for what is in it. */
  verify(encoded: Uint8Array): Uint8Array<ArrayBuffer> {
    const claims = this.#claimsOf(encoded);
    const verified = new Uint8Array(claims.length * CLAIM_LENGTH);
    let length = 0;
    for (const { context, publicKey, message, signature } of claims) {
      const digest = signedDigest(context, message);
      if (!verifyDigest(publicKey, digest, signature)) continue;
      writeClaim(verified, length, publicKey, digest, signature);
      length += CLAIM_LENGTH;
    }
    return verified.subarray(0, length);
  }

  #claimsOf(encoded: Uint8Array): SignatureClaim[] {
    const { txs, last_commit } = orElse(() => parseBlock(encoded), NO_BLOCK);
    const claims = txs.flatMap((raw) => orElse(() => transactionClaims(raw, this.#network.chainContext), []));
    return last_commit === null ? claims : [...claims, ...this.#commitClaims(last_commit)];
  }

  #commitClaims(commit: Block["last_commit"]): SignatureClaim[] {
    return commit.signatures.flatMap(({ validator_address, signature }, index) => {
      const publicKey = this.#keys.get(toHex(validator_address));
      const vote = precommitOf(commit, index);
      if (publicKey === undefined || vote === null) return [];
      const message = voteSignBytes(this.#network.chainId, vote);
      return [{ context: contexts.cometbft, publicKey, message, signature }];
    });
  }
}

/** What the work gives; the other value where it refuses its input. */
function orElse<T, U>(work: () => T, other: U): T | U {
  try {
    return work();
  } catch (error) {
    if (error instanceof QanatError) return other;
    throw error;
  }
}
