import { parseBlock } from "../../chain/block.ts";
import type { BlockID } from "../../chain/block-id.ts";
import type { Commit } from "../../chain/commit.ts";
import { examineBlock } from "../../chain/examine-block.ts";
import { voteSignBytes } from "../../chain/sign-bytes.ts";
import { consensusAddress } from "../../chain/validator.ts";
import { precommitOf } from "../../chain/vote.ts";
import { toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { decode } from "../../codec/schema.ts";
import { contexts, type SignatureContext } from "../../crypto/contexts.ts";
import { CLAIM_LENGTH, type VerifiedClaims, writeClaim } from "../../crypto/known-signatures.ts";
import type { VrfClaim } from "../../crypto/known-vrf-outputs.ts";
import { type SignatureClaim, signedDigest, verifyDigest } from "../../crypto/signature.ts";
import { SignedTransaction, Transaction } from "../../types/consensus.ts";
import { MultiSignedNode, Node } from "../../types/node.ts";
import { transactionContext } from "../decode-transaction.ts";
import { methodClaims, signedClaim } from "./method-claims.ts";
import { type VrfInput, VrfVerifier } from "./vrf-verifier.ts";

/** The network whose blocks are verified ahead. */
export interface AheadNetwork {
  /** 64 hex characters. */
  readonly chainContext: string;
  /** CometBFT's chain id. */
  readonly chainId: string;
}

/** What was found to hold in a block. */
export interface VerifiedBlock {
  /** What `examineBlock` gave; null where it refused the block. */
  readonly id: BlockID | null;
  readonly claims: VerifiedClaims;
}

/** Consensus keys that are remembered; those of the validators are told again when there were too many. */
const MAX_KEYS = 16_384;

/**
 * Verifies blocks whose turn has not come yet, without the state. It refuses nothing: what it finds valid is told, all else
 * is left to those who execute the block.
 */
export class BlockVerifier {
  readonly #network: AheadNetwork;
  readonly #transactionContext: SignatureContext;
  /** Consensus keys by the hex of their addresses: commits only have addresses. */
  readonly #keys = new Map<string, PublicKey>();
  readonly #vrf = new VrfVerifier();

  constructor(network: AheadNetwork) {
    this.#network = network;
    this.#transactionContext = transactionContext(network.chainContext);
  }

  /** Consensus keys whose signatures commits may have. Those of descriptors in the blocks are added by themselves. */
  addKeys(keys: readonly Uint8Array[]): void {
    if (this.#keys.size > MAX_KEYS) this.#keys.clear();
    for (const key of keys) this.#keys.set(toHex(consensusAddress(key)), key);
  }

  /** What VRF proofs of an epoch are about: known once its first block was executed. Gives what was waiting for it. */
  setVrfInput(input: VrfInput): Iterable<VrfClaim> {
    return this.#vrf.setInput(input);
  }

  /** What holds in an encoded block. Never throws for what is in it. */
  verify(encoded: Uint8Array): VerifiedBlock {
    const block = orElse(() => parseBlock(encoded), null);
    if (block === null) return { id: null, claims: { signatures: new Uint8Array(0), vrf: [] } };
    const opened = block.txs.flatMap((raw) => orElse(() => [this.#open(raw)], []));
    const ofMethods = opened.flatMap(({ transaction }) =>
      orElse(() => methodClaims(transaction, this.#network.chainContext), []),
    );
    for (const { transaction } of opened) this.#learn(transaction);
    const claims = [
      ...opened.map(({ claim }) => claim),
      ...ofMethods,
      ...this.#commitClaims(block.last_commit),
    ];
    const proofs = opened.map(({ transaction, claim }) => this.#vrf.verify(transaction, claim.publicKey));
    return {
      id: orElse(() => examineBlock(block, encoded), null),
      claims: { signatures: verifiedClaims(claims), vrf: proofs.filter((proof) => proof !== null) },
    };
  }

  #open(raw: Uint8Array): { transaction: Transaction; claim: SignatureClaim } {
    const signed = decode(SignedTransaction, raw);
    const transaction = decode(Transaction, signed.untrusted_raw_value);
    return { transaction, claim: signedClaim(this.#transactionContext, signed) };
  }

  /** The keys of a node that registers will be those of later blocks, if the registration succeeds. */
  #learn({ method, body }: Transaction): void {
    if (method !== "registry.RegisterNode") return;
    const node = orElse(() => decode(Node, decode(MultiSignedNode, body).untrusted_raw_value), null);
    if (node === null) return;
    this.addKeys([node.consensus.id]);
    this.#vrf.addKey(node.id, node.vrf.id);
  }

  #commitClaims(commit: Commit): SignatureClaim[] {
    return commit.signatures.flatMap(({ validator_address, signature }, index) => {
      const publicKey = this.#keys.get(toHex(validator_address));
      const vote = precommitOf(commit, index);
      if (publicKey === undefined || vote === null) return [];
      const message = voteSignBytes(this.#network.chainId, vote);
      return [{ context: contexts.cometbft, publicKey, message, signature }];
    });
  }
}

function verifiedClaims(claims: readonly SignatureClaim[]): Uint8Array {
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

/** What the work gives; the other value where it refuses its input. */
function orElse<T, U>(work: () => T, other: U): T | U {
  try {
    return work();
  } catch (error) {
    if (error instanceof QanatError) return other;
    throw error;
  }
}
