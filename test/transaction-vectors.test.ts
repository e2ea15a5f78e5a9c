import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { equal, fromBase64, fromUtf8 } from "../src/codec/bytes.ts";
import { parseJson, stringifyJson } from "../src/codec/go-json.ts";
import { decode, encode } from "../src/codec/schema.ts";
import { contexts, withChain } from "../src/crypto/contexts.ts";
import { openSigned } from "../src/crypto/envelope.ts";
import { MemorySigner } from "../src/crypto/memory-signer.ts";
import { SignedTransaction, Transaction } from "../src/types/consensus.ts";
import { methodBody } from "../src/types/methods.ts";
import { sharedPath } from "./shared.ts";

interface Vector {
  kind: string;
  signature_context: string;
  tx: { nonce: unknown; fee?: unknown; method: string; body?: unknown };
  signed_tx: unknown;
  encoded_tx: string;
  encoded_signed_tx: string;
  signer_private_key: string;
}

/** Methods whose JSON bodies in the vectors have signed blobs opened; their CBOR alone is compared. */
const PRETTY = new Set(["registry.RegisterEntity"]);
const CHAIN_SEPARATOR = " for chain ";

describe.each([
  ["staking", 3744],
  ["registry", 192],
  ["governance", 4352],
])("official %s transaction vectors", (service, count) => {
  const text = fromUtf8(gunzipSync(readFileSync(sharedPath("vectors", "tx", `${service}.json.gz`))));
  const vectors = parseJson(text) as Vector[];

  it(`are all ${count} there`, () => {
    expect(vectors.length).toBe(count);
  });

  it("decode and encode back, envelope, transaction and body", () => {
    const wrong = vectors.filter((vector) => {
      const signed = decode(SignedTransaction, fromBase64(vector.encoded_signed_tx), "strict");
      const tx = decode(Transaction, signed.untrusted_raw_value, "strict");
      const body = methodBody(tx.method)!;
      const encodedBody = tx.body === null ? null : encode(body, decode(body, tx.body, "strict"));
      return !(
        equal(signed.untrusted_raw_value!, fromBase64(vector.encoded_tx)) &&
        tx.method === vector.tx.method &&
        (encodedBody === null || equal(encodedBody, tx.body!))
      );
    });
    expect(wrong).toEqual([]);
  });

  it("have the JSON form that the official node gives them", () => {
    const wrong = vectors.filter((vector) => {
      const { body: vectorBody, ...vectorRest } = vector.tx;
      const tx = decode(Transaction, fromBase64(vector.encoded_tx));
      if (stringifyJson(Transaction.toJson({ ...tx, body: null })) !== stringifyJson(vectorRest)) return true;
      if (PRETTY.has(tx.method) || tx.body === null) return false;
      const body = methodBody(tx.method)!;
      return !(
        stringifyJson(body.toJson(decode(body, tx.body))) === stringifyJson(vectorBody) &&
        equal(encode(body, body.fromJson(vectorBody, "")), tx.body)
      );
    });
    expect(wrong).toEqual([]);
  });

  it("are signed as we sign, and verify", () => {
    const wrong = vectors.filter((vector) => {
      const [, chainContext] = vector.signature_context.split(CHAIN_SEPARATOR);
      const context = withChain(contexts.consensusTransaction, chainContext!);
      const signed = decode(SignedTransaction, fromBase64(vector.encoded_signed_tx));
      const signer = MemorySigner.fromSeed(fromBase64(vector.signer_private_key).subarray(0, 32));
      return !(
        equal(signer.sign(context, signed.untrusted_raw_value!), signed.signature.signature) &&
        openSigned(Transaction, context, signed).method === vector.tx.method
      );
    });
    expect(wrong).toEqual([]);
  });
});
