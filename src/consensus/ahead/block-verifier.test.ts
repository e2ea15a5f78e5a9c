import { describe, expect, test } from "vitest";
import { sharedPath } from "../../../test/shared.ts";
import { encodeBlock, parseBlock } from "../../chain/block.ts";
import { readRecordedChain } from "../../chain/recorded-chain.ts";
import { decode, encode } from "../../codec/schema.ts";
import { chainContext } from "../../config/genesis/chain-context.ts";
import { cometGenesis } from "../../config/genesis/comet-genesis.ts";
import { readGenesis } from "../../config/genesis/read-genesis.ts";
import { contexts } from "../../crypto/contexts.ts";
import { signSigned } from "../../crypto/envelope.ts";
import { CLAIM_LENGTH, KnownSignatures } from "../../crypto/known-signatures.ts";
import { MemorySigner } from "../../crypto/memory-signer.ts";
import { signedDigest } from "../../crypto/signature.ts";
import { SignedTransaction, Transaction } from "../../types/consensus.ts";
import { Entity, SignedEntity } from "../../types/entity.ts";
import { transactionContext } from "../decode-transaction.ts";
import { BlockVerifier } from "./block-verifier.ts";
import { transactionClaims } from "./transaction-claims.ts";

const document = await readGenesis(sharedPath("chains", "first-light.genesis.json"));
const genesis = cometGenesis(document, { debug: true });
const network = { chainContext: chainContext(document), chainId: genesis.chain_id };
const validators = genesis.validators.map(({ public_key }) => public_key);
const heights = [...readRecordedChain(sharedPath("chains", "first-light.jsonl.gz"))];
/** A block with several kinds of signatures. */
const sample = heights.findLast(({ block }) => claimsIn(block).length > 4)!.block;

function claimsIn(encoded: Uint8Array) {
  return parseBlock(encoded).txs.flatMap((raw) => transactionClaims(raw, network.chainContext));
}

function verifierOf(keys: readonly Uint8Array[], of = network): BlockVerifier {
  const verifier = new BlockVerifier(of);
  verifier.addKeys(keys);
  return verifier;
}

describe("blocks verified ahead", () => {
  test("every signature of transactions, descriptors, commitments and commits holds", () => {
    const verifier = verifierOf(validators);
    for (const { block } of heights) {
      const count = claimsIn(block).length + parseBlock(block).last_commit.signatures.length;
      expect(verifier.verify(block).length).toBe(count * CLAIM_LENGTH);
    }
  });

  test("what is verified is what execution will ask for", () => {
    const known = new KnownSignatures();
    known.addAll(verifierOf(validators).verify(sample));
    for (const { context, publicKey, message, signature } of claimsIn(sample)) {
      expect(known.has(publicKey, signedDigest(context, message), signature)).toBe(true);
    }
  });

  test("without the keys of the validators their signatures are left out", () => {
    expect(verifierOf([]).verify(sample).length).toBe(claimsIn(sample).length * CLAIM_LENGTH);
  });

  test("on another network only what knows no chain holds", () => {
    const other = { ...network, chainContext: "00".repeat(32) };
    const chainless = claimsIn(sample).filter(({ context }) => !context.text.includes(" for chain "));
    expect(verifierOf([], other).verify(sample).length).toBe(chainless.length * CLAIM_LENGTH);
  });

  test("broken signatures, transactions and blocks are left out and stop nothing", () => {
    const block = parseBlock(sample);
    const [first, ...others] = block.txs;
    const signed = decode(SignedTransaction, first!);
    const signature = { ...signed.signature, signature: new Uint8Array(64) };
    const forged = encode(SignedTransaction, { ...signed, signature });
    const broken = encodeBlock({ ...block, txs: [forged, new Uint8Array([0xff]), ...others] });
    const verifier = verifierOf([]);
    expect(verifier.verify(broken).length).toBe((claimsIn(sample).length - 1) * CLAIM_LENGTH);
    expect(verifier.verify(new Uint8Array([0xff, 0xff])).length).toBe(0);
  });
});

test("a transaction that registers an entity has the entity's signature in it", () => {
  const signer = MemorySigner.fromSeed(new Uint8Array(32).fill(5));
  const entity = signSigned(Entity, Entity.zero(), contexts.registerEntity, signer);
  const transaction = Transaction.make({
    method: "registry.RegisterEntity",
    body: encode(SignedEntity, entity),
  });
  const context = transactionContext(network.chainContext);
  const signed = signSigned(Transaction, transaction, context, signer);
  expect(transactionClaims(encode(SignedTransaction, signed), network.chainContext)).toMatchObject([
    { context: { text: context.text }, publicKey: signer.publicKey },
    { context: { text: contexts.registerEntity.text }, publicKey: signer.publicKey },
  ]);
});
