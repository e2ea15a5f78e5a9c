import type { StoredBlock } from "../api/backend.ts";
import { blockTime, stateRootOf } from "../api/consensus-block.ts";
import type { BlockResults, TxResult } from "../chain/application.ts";
import { dataHash, encodeBlock } from "../chain/block.ts";
import { Commit, checkCommit, commitHash } from "../chain/commit.ts";
import { evidenceListHash } from "../chain/evidence/evidence.ts";
import { Header, headerHash } from "../chain/header.ts";
import { merkleRoot, verifyMerkleProof } from "../chain/merkle.ts";
import { encodeResults, resultsHash } from "../chain/results.ts";
import type { ValidatorSet } from "../chain/validator-set.ts";
import { decodeValidatorSet } from "../chain/validator-set-proto.ts";
import * as wire from "../chain/wire.ts";
import { equal, fromBase64 } from "../codec/bytes.ts";
import { QanatError } from "../codec/errors.ts";
import { decode } from "../codec/schema.ts";
import { sha256 } from "../crypto/hash.ts";
import { sameRoot } from "../storage/root.ts";
import type * as api from "../types/api-consensus.ts";
import { BlockMeta, BlockResultsMeta } from "../types/api-consensus.ts";
import {
  BlockMetadata,
  MerkleProof,
  type Proof,
  SignedTransaction,
  Transaction,
} from "../types/consensus.ts";
import { EVENT_TYPE_PREFIX, PROVABLE_APP } from "../types/events.ts";
import { METHOD_META } from "../types/methods.ts";

// What an answer must be to stand against a verified header. facts/cometbft.md 7.4. All throw QanatError
// `stateless/wrong-answer`, or what decoding throws.

const NO_EVIDENCE = evidenceListHash([]);

/**
 * A block from what the API says of it. Its evidence is not among that: a block with evidence has none here, and the
 * size 0.
 */
export function verifyBlock(header: Header, block: api.Block, txs: readonly Uint8Array[]): StoredBlock {
  const meta = decode(BlockMeta, block.meta);
  if (!equal(meta.header ?? NOTHING, wire.encode(Header, header))) throw wrong("the header is another one");
  const last_commit = wire.decode(Commit, meta.last_commit ?? NOTHING);
  checkCommit(last_commit);
  if (!equal(commitHash(last_commit), header.last_commit_hash)) throw wrong("the last commit is another one");
  const content = { header, txs: verifyTransactions(header, txs), evidence: [], last_commit };
  const isWhole = equal(header.evidence_hash, NO_EVIDENCE);
  const size = isWhole ? BigInt(encodeBlock(content).length) : 0n;
  const stored = { block: content, hash: headerHash(header), size };
  if (block.height !== header.height) throw wrong("the height is another one");
  if (!equal(block.hash, stored.hash)) throw wrong("the hash is another one");
  if (block.time !== blockTime(stored)) throw wrong("the time is another one");
  if (!sameRoot(block.state_root, stateRootOf(stored))) throw wrong("the state root is another one");
  if (isWhole && block.size !== size) throw wrong("the size is another one");
  return stored;
}

/** All transactions of a block. */
export function verifyTransactions(header: Header, txs: readonly Uint8Array[]): Uint8Array[] {
  if (!equal(dataHash(txs), header.data_hash)) throw wrong("the transactions are not those of the block");
  return [...txs];
}

/** What the block's last transaction says of its execution: the validators voted for it. */
export function metadataOf(txs: readonly Uint8Array[]): BlockMetadata {
  const last = txs.at(-1);
  if (last === undefined) throw wrong("the block has no metadata transaction");
  const { method, body } = decode(Transaction, decode(SignedTransaction, last).untrusted_raw_value);
  if (method !== METHOD_META) throw wrong("the block does not end with its metadata");
  return decode(BlockMetadata, body);
}

/**
 * Results of a block as far as the chain proves them: code, data and gas of each transaction by the next header, the
 * events of staking by the block's metadata.
 * @param isInitial the first block of the chain also reports events of the genesis document, which are not proven
 */
export function verifyResults(
  answer: api.BlockResults,
  against: { readonly header: Header; readonly next: Header; readonly txs: readonly Uint8Array[] },
  isInitial: boolean,
): BlockResults {
  const { header, next, txs } = against;
  if (answer.height !== header.height) throw wrong("the results are of another height");
  const results = readResults(answer.meta);
  if (results.txResults.length !== txs.length) throw wrong("there is not one result a transaction");
  if (!equal(resultsHash(results.txResults), next.last_results_hash))
    throw wrong("the results are other ones");
  const root = metadataOf(txs).events_root ?? NOTHING;
  const events = stakingEvents(results);
  // Those of the genesis document come first.
  const unproven = isInitial ? Math.min(stakingIn(results.beginEvents).length, MAX_GENESIS_EVENTS) : 0;
  for (let skipped = 0; skipped <= unproven; skipped++) {
    if (equal(merkleRoot(events.slice(skipped)), root)) return results;
  }
  throw wrong("the events of staking are other ones");
}

/**
 * What must be the same in the answers of two providers, beyond what the chain proves. Texts of errors are not: nodes
 * of different make word them differently.
 */
export function unprovenPart(results: BlockResults): Uint8Array {
  const txResults = results.txResults.map((result) => ({ ...result, log: "", info: "" }));
  return sha256(encodeResults({ ...results, txResults }));
}

/** The validators of the height after a block. */
export function verifyNextValidators(header: Header, answer: api.Validators): ValidatorSet {
  if (answer.height !== header.height + 1n) throw wrong("the validators are of another height");
  const set = decodeValidatorSet(answer.meta ?? NOTHING);
  if (!equal(set.hash, header.next_validators_hash)) throw wrong("the validators are other ones");
  return set;
}

/** The place of a transaction in a block. */
export function verifyInclusion(header: Header, tx: Uint8Array, { raw_proof }: Proof): number {
  const proof = decode(MerkleProof, raw_proof);
  const path = { ...proof, leaf_hash: proof.leaf_hash ?? NOTHING, aunts: (proof.aunts ?? []).map(orNothing) };
  if (!verifyMerkleProof(path, header.data_hash, sha256(tx)))
    throw wrong("the transaction is not in the block");
  return Number(proof.index);
}

function readResults(meta: Uint8Array | null): BlockResults {
  const { txs_results, begin_block_events, end_block_events } = decode(BlockResultsMeta, meta);
  return {
    beginEvents: readEvents(begin_block_events),
    txResults: (txs_results ?? []).map(
      (result): TxResult => ({ ...result, data: orNothing(result.data), events: readEvents(result.events) }),
    ),
    endEvents: readEvents(end_block_events),
    validatorUpdates: [],
    appVersion: 0n,
  };
}

function readEvents(events: api.BlockResultsMeta["begin_block_events"]): BlockResults["beginEvents"] {
  return (events ?? []).map(({ type, attributes }) => ({ type, attributes: attributes ?? [] }));
}

/** CBOR of the provable events, in the order of the block (facts/consensus-a.md 1.5). */
function stakingEvents({ beginEvents, txResults, endEvents }: BlockResults): Uint8Array[] {
  return [beginEvents, ...txResults.map(({ events }) => events), endEvents].flatMap(stakingIn);
}

function stakingIn(events: BlockResults["beginEvents"]): Uint8Array[] {
  const type = EVENT_TYPE_PREFIX + PROVABLE_APP;
  return events
    .filter((event) => event.type === type)
    .flatMap(({ attributes }) => attributes.map(({ value }) => fromBase64(value)));
}

function orNothing(value: Uint8Array | null): Uint8Array {
  return value ?? NOTHING;
}

function wrong(what: string): QanatError {
  return new QanatError("stateless/wrong-answer", what);
}

const NOTHING = new Uint8Array(0);
/** Genesis documents give rise to few events, if any. */
const MAX_GENESIS_EVENTS = 1000;
