import { decode } from "../../codec/schema.ts";
import { contexts } from "../../crypto/contexts.ts";
import type { MultiSigned, Signed } from "../../crypto/envelope.ts";
import type { SignatureClaim } from "../../crypto/signature.ts";
import type { Transaction } from "../../types/consensus.ts";
import { SignedEntity } from "../../types/entity.ts";
import { MultiSignedNode } from "../../types/node.ts";
import { ExecutorCommit } from "../../types/roothash.ts";
import { commitmentClaim } from "../roothash/commitment.ts";

const NOTHING = new Uint8Array(0);

/**
 * The signatures that executing a transaction's method will ask for, as far as the body alone tells: those of the
 * descriptors and commitments that make up most of a chain. Others are verified when they are executed.
 * @throws CodecError when the body does not decode
 */
export function methodClaims(
  { method, body }: Readonly<Transaction>,
  chainContext: string,
): SignatureClaim[] {
  switch (method) {
    case "registry.RegisterEntity":
      return [signedClaim(contexts.registerEntity, decode(SignedEntity, body))];
    case "registry.RegisterNode":
      return multiSignedClaims(contexts.registerNode, decode(MultiSignedNode, body));
    case "roothash.ExecutorCommit": {
      const { id, commits } = decode(ExecutorCommit, body);
      return (commits ?? []).map((commit) => commitmentClaim(commit, { runtimeId: id, chainContext }));
    }
    default:
      return [];
  }
}

/** That a value was signed by the key that it comes with. */
export function signedClaim(context: SignatureClaim["context"], signed: Signed): SignatureClaim {
  return multiSignedClaims(context, { ...signed, signatures: [signed.signature] })[0]!;
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
