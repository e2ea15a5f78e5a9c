import { merkleRoot } from "../chain/merkle.ts";
import { equal } from "../codec/bytes.ts";
import type { Hash } from "../codec/common-types.ts";
import { decode, encode } from "../codec/schema.ts";
import type { SignatureContext } from "../crypto/contexts.ts";
import { signSigned } from "../crypto/envelope.ts";
import type { Signer } from "../crypto/signature.ts";
import { BlockMetadata, SignedTransaction, Transaction } from "../types/consensus.ts";
import { METHOD_META } from "../types/methods.ts";
import type { Context } from "./context.ts";
import { InvariantError, TxError } from "./errors.ts";
import { consensusAddress } from "./registry/consensus-address.ts";

/** Longest metadata transaction; that much of a block is kept free for it. */
export const MAX_METADATA_SIZE = 16_384;
const EVENTS_ROOT_LENGTH = 32;

/** Root over the provable events of a block, in order of emission. consensus-a.md 1.5. */
export function eventsRoot(provableEvents: readonly Uint8Array[]): Uint8Array {
  return merkleRoot(provableEvents);
}

/** Makes the transaction that closes a proposal, signed by the proposer's consensus key. */
export function makeMetadataTransaction(
  metadata: { stateRoot: Hash; eventsRoot: Uint8Array },
  context: SignatureContext,
  signer: Signer,
): Uint8Array {
  const body = encode(BlockMetadata, { state_root: metadata.stateRoot, events_root: metadata.eventsRoot });
  const transaction = { nonce: 0n, fee: null, method: METHOD_META, body };
  const raw = encode(SignedTransaction, signSigned(Transaction, transaction, context, signer));
  if (raw.length > MAX_METADATA_SIZE) {
    throw new InvariantError(`block metadata has ${raw.length} bytes`);
  }
  return raw;
}

/**
 * Takes a system transaction of a block for the check at the end of it. Nothing else is executed for it.
 *
 * @param proposing whether this node is still building the block, which then cannot contain one
 * @throws TxError outside blocks; InvariantError when the proposer did not make it as it must be
 */
export function collectSystemTransaction(ctx: Context, transaction: Transaction, proposing: boolean): void {
  if (ctx.mode !== "deliverTx") {
    throw new TxError("system methods are not allowed to be called");
  }
  const wrong = (what: string) =>
    new InvariantError(`system transaction ${what}`, { height: ctx.currentHeight });
  if (proposing) {
    throw wrong("included during the proposal phase");
  }
  if (transaction.nonce !== 0n || transaction.fee !== null) {
    throw wrong("has a nonce or a fee");
  }
  if (!equal(consensusAddress(ctx.txSigner), ctx.block.facts.proposerAddress)) {
    throw wrong("not signed by the block's proposer");
  }
  ctx.block.systemTransactions.push(transaction);
}

/**
 * Checks that a block holds exactly one metadata transaction, with the roots that executing the block gave.
 * @throws InvariantError when it does not
 */
export function verifyMetadata(
  transactions: readonly Transaction[],
  computed: { stateRoot: Hash; eventsRoot: Uint8Array },
): void {
  const unknown = transactions.find(({ method }) => method !== METHOD_META);
  if (unknown !== undefined) {
    throw new InvariantError(`unknown system method: ${unknown.method}`);
  }
  const [only, second] = transactions;
  if (only === undefined || second !== undefined) {
    throw new InvariantError(`block has ${transactions.length} metadata transactions instead of one`);
  }
  const metadata = decode(BlockMetadata, only.body);
  if (metadata.events_root?.length !== EVENTS_ROOT_LENGTH) {
    throw new InvariantError("malformed block metadata");
  }
  if (!equal(metadata.state_root, computed.stateRoot)) {
    throw new InvariantError("invalid state root in block metadata");
  }
  if (!equal(metadata.events_root, computed.eventsRoot)) {
    throw new InvariantError("invalid events root in block metadata");
  }
}
