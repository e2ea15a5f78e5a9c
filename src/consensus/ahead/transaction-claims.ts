import { decode } from "../../codec/schema.ts";
import { contexts } from "../../crypto/contexts.ts";
import type { MultiSigned, Signed } from "../../crypto/envelope.ts";
import type { SignatureClaim } from "../../crypto/signature.ts";
import { SignedTransaction, Transaction } from "../../types/consensus.ts";
import { SignedEntity } from "../../types/entity.ts";
import { MultiSignedNode } from "../../types/node.ts";
import { ExecutorCommit } from "../../types/roothash.ts";
import { transactionContext } from "../decode-transaction.ts";
import { commitmentClaim } from "../roothash/commitment.ts";

const NOTHING = new Uint8Array(0);

/**
 * The signatures that executing a transaction will ask for, as far as its bytes alone tell: its own, and those of the
 * descriptors and commitments that make up most of a chain. The rest is verified when it is executed.
 * @throws CodecError when it does not decode
 */
export function transactionClaims(raw: Uint8Array, chainContext: string): SignatureClaim[] {
  const signed = decode(SignedTransaction, raw);
  const { method, body } = decode(Transaction, signed.untrusted_raw_value);
  const own = signedClaims(transactionContext(chainContext), signed);
  switch (method) {
    case "registry.RegisterEntity":
      return [...own, ...signedClaims(contexts.registerEntity, decode(SignedEntity, body))];
    case "registry.RegisterNode":
      return [...own, ...multiSignedClaims(contexts.registerNode, decode(MultiSignedNode, body))];
    case "roothash.ExecutorCommit": {
      const { id, commits } = decode(ExecutorCommit, body);
      return [
        ...own,
        ...(commits ?? []).map((commit) => commitmentClaim(commit, { runtimeId: id, chainContext })),
      ];
    }
    default:
      return own;
  }
}

function signedClaims(context: SignatureClaim["context"], signed: Signed): SignatureClaim[] {
  return multiSignedClaims(context, { ...signed, signatures: [signed.signature] });
}

function multiSignedClaims(context: SignatureClaim["context"], signed: MultiSigned): SignatureClaim[] {
  const message = signed.untrusted_raw_value ?? NOTHING;
  return (signed.signatures ?? []).map(({ public_key, signature }) => ({
    context,
    publicKey: public_key,
    message,
    signature,
  }));
}
