import { describe, expect, test } from "vitest";
import { sharedPath } from "../../../test/shared.ts";
import { encodeBlock, parseBlock } from "../../chain/block.ts";
import { headerHash } from "../../chain/header.ts";
import { readRecordedChain } from "../../chain/recorded-chain.ts";
import { toHex } from "../../codec/bytes.ts";
import { decode, encode } from "../../codec/schema.ts";
import { chainContext } from "../../config/genesis/chain-context.ts";
import { cometGenesis } from "../../config/genesis/comet-genesis.ts";
import { readGenesis } from "../../config/genesis/read-genesis.ts";
import { contexts } from "../../crypto/contexts.ts";
import { signSigned } from "../../crypto/envelope.ts";
import { CLAIM_LENGTH, KnownSignatures } from "../../crypto/known-signatures.ts";
import { MemorySigner } from "../../crypto/memory-signer.ts";
import { signedDigest } from "../../crypto/signature.ts";
import { verifyVrf } from "../../crypto/vrf.ts";
import { VRFProve } from "../../types/beacon.ts";
import { SignedTransaction, Transaction } from "../../types/consensus.ts";
import { Entity, SignedEntity } from "../../types/entity.ts";
import { transactionContext } from "../decode-transaction.ts";
import { BlockVerifier } from "./block-verifier.ts";
import { methodClaims, signedClaim } from "./method-claims.ts";
import { VrfVerifier } from "./vrf-verifier.ts";

const document = await readGenesis(sharedPath("chains", "first-light.genesis.json"));
const genesis = cometGenesis(document, { debug: true });
const network = { chainContext: chainContext(document), chainId: genesis.chain_id };
const validators = genesis.validators.map(({ public_key }) => public_key);
const heights = [...readRecordedChain(sharedPath("chains", "first-light.jsonl.gz"))];
/** A block with several kinds of signatures. */
const sample = heights.findLast(({ block }) => claimsIn(block).length > 4)!.block;

function claimsIn(encoded: Uint8Array) {
  return parseBlock(encoded).txs.flatMap((raw) => {
    const signed = decode(SignedTransaction, raw);
    const transaction = decode(Transaction, signed.untrusted_raw_value);
    const own = signedClaim(transactionContext(network.chainContext), signed);
    return [own, ...methodClaims(transaction, network.chainContext)];
  });
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
      expect(verifier.verify(block).claims.signatures.length).toBe(count * CLAIM_LENGTH);
    }
  });

  test("a block gets the id that the chain knows it by, and none where it is not as it must be", () => {
    const verifier = verifierOf(validators);
    for (const { block, hash } of heights) expect(verifier.verify(block).id?.hash).toEqual(hash);
    const { header, ...content } = parseBlock(sample);
    const changed = encodeBlock({ ...content, header: { ...header, data_hash: new Uint8Array(32) } });
    expect(verifier.verify(changed).id).toBeNull();
    // Field 1, the header, as an empty one first: the same block in another encoding.
    const doubled = Uint8Array.of(0x0a, 0, ...sample);
    expect(toHex(headerHash(parseBlock(doubled).header))).toBe(toHex(headerHash(header)));
    expect(verifier.verify(doubled).id).toBeNull();
  });

  test("what is verified is what execution will ask for", () => {
    const known = new KnownSignatures();
    known.addAll(verifierOf(validators).verify(sample).claims);
    for (const { context, publicKey, message, signature } of claimsIn(sample)) {
      expect(known.has(publicKey, signedDigest(context, message), signature)).toBe(true);
    }
  });

  test("without the keys of the validators their signatures are left out", () => {
    expect(verifierOf([]).verify(sample).claims.signatures.length).toBe(
      claimsIn(sample).length * CLAIM_LENGTH,
    );
  });

  test("on another network only what knows no chain holds", () => {
    const other = { ...network, chainContext: "00".repeat(32) };
    const chainless = claimsIn(sample).filter(({ context }) => !context.text.includes(" for chain "));
    expect(verifierOf([], other).verify(sample).claims.signatures.length).toBe(
      chainless.length * CLAIM_LENGTH,
    );
  });

  test("broken signatures, transactions and blocks are left out and stop nothing", () => {
    const block = parseBlock(sample);
    const [first, ...others] = block.txs;
    const signed = decode(SignedTransaction, first!);
    const signature = { ...signed.signature, signature: new Uint8Array(64) };
    const forged = encode(SignedTransaction, { ...signed, signature });
    const broken = encodeBlock({ ...block, txs: [forged, new Uint8Array([0xff]), ...others] });
    const verifier = verifierOf([]);
    expect(verifier.verify(broken).claims.signatures.length).toBe(
      (claimsIn(sample).length - 1) * CLAIM_LENGTH,
    );
    expect(verifier.verify(new Uint8Array([0xff, 0xff])).claims.signatures.length).toBe(0);
  });
});

test("a transaction that registers an entity has the entity's signature in it", () => {
  const signer = MemorySigner.fromSeed(new Uint8Array(32).fill(5));
  const entity = signSigned(Entity, Entity.zero(), contexts.registerEntity, signer);
  const body = encode(SignedEntity, entity);
  const transaction = Transaction.make({ method: "registry.RegisterEntity", body });
  expect(methodClaims(transaction, network.chainContext)).toMatchObject([
    { context: contexts.registerEntity, publicKey: signer.publicKey },
  ]);
});

describe("VRF proofs verified ahead", () => {
  const signer = MemorySigner.fromSeed(new Uint8Array(32).fill(6));
  const vrfSigner = MemorySigner.fromSeed(new Uint8Array(32).fill(7));
  const alpha = new TextEncoder().encode("alpha");
  const prove = (epoch: bigint, pi: Uint8Array | null = vrfSigner.prove(alpha)) =>
    Transaction.make({ method: "beacon.VRFProve", body: encode(VRFProve, { epoch, pi }) });
  const newVrfVerifier = () => {
    const verifier = new VrfVerifier();
    verifier.addKey(signer.publicKey, vrfSigner.publicKey);
    return verifier;
  };
  const claim = {
    publicKey: vrfSigner.publicKey,
    alpha,
    output: verifyVrf(vrfSigner.publicKey, alpha, vrfSigner.prove(alpha)),
  };

  test("before their epoch begins they wait, then they are verified at once", () => {
    const verifier = newVrfVerifier();
    expect(verifier.verify(prove(4n), signer.publicKey)).toBeNull();
    expect([...verifier.setInput({ epoch: 3n, alpha: new Uint8Array(3) })]).toEqual([]);
    expect([...verifier.setInput({ epoch: 4n, alpha })]).toMatchObject([claim]);
    expect([...verifier.setInput({ epoch: 5n, alpha })]).toEqual([]);
    expect(verifier.verify(prove(5n), signer.publicKey)).toMatchObject(claim);
  });

  test.each([
    { what: "another epoch", transaction: prove(3n), by: signer },
    { what: "an unknown node", transaction: prove(4n), by: vrfSigner },
    { what: "another alpha", transaction: prove(4n, vrfSigner.prove(new Uint8Array(1))), by: signer },
    { what: "no proof", transaction: prove(4n, null), by: signer },
    { what: "another method", transaction: { ...prove(4n), method: "beacon.SetEpoch" }, by: signer },
    {
      what: "a body that does not decode",
      transaction: { ...prove(4n), body: new Uint8Array(1) },
      by: signer,
    },
  ])("$what proves nothing", ({ transaction, by }) => {
    const verifier = newVrfVerifier();
    expect([...verifier.setInput({ epoch: 4n, alpha })]).toEqual([]);
    expect(verifier.verify(transaction, by.publicKey)).toBeNull();
  });
});
