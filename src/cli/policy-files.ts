import { equal } from "../codec/bytes.ts";
import { decode, encode } from "../codec/schema.ts";
import type { Signature } from "../crypto/signature.ts";
import { decodeSignaturePem } from "../crypto/signature-pem.ts";
import { PolicySGX, type SignedPolicySGX } from "../types/keymanager.ts";
import type { OptionSpec } from "./command.ts";
import { CommandError } from "./errors.ts";
import { readInput } from "./files.ts";

/** Name of a policy file in 21.x; 26.1 wants one to be given. */
const POLICY_FILE = "km_policy.cbor";

export const policyFileOption: OptionSpec = {
  name: "keymanager.policy.file",
  value: "FILE",
  default: POLICY_FILE,
  summary: "the policy, CBOR",
};

export const policySignatureOption: OptionSpec = {
  name: "keymanager.policy.signature.file",
  value: "FILE",
  isList: true,
  summary: "signatures of the policy, PEM",
};

/** A policy and its bytes, which are what is signed. @throws CommandError when it is none, or not in canonical form */
export async function readPolicy(path: string): Promise<{ policy: PolicySGX; bytes: Uint8Array }> {
  const bytes = await readInput(path, "key manager policy");
  const policy = parsePolicy(bytes, path);
  if (!equal(encode(PolicySGX, policy), bytes)) {
    throw new CommandError(`${path}: policy file not in canonical form`);
  }
  return { policy, bytes };
}

/** A policy with its signatures, which are not verified. @throws CommandError */
export async function readSignedPolicy(
  path: string,
  signaturePaths: readonly string[],
): Promise<SignedPolicySGX> {
  const { policy } = await readPolicy(path);
  const signatures: Signature[] = [];
  for (const signaturePath of signaturePaths) signatures.push(await readSignature(signaturePath));
  return { policy, signatures: signatures.length === 0 ? null : signatures };
}

/** @throws CommandError */
export async function readSignature(path: string): Promise<Signature> {
  const content = await readInput(path, "policy signature");
  try {
    return decodeSignaturePem(content.toString("utf8"));
  } catch (error) {
    throw new CommandError(`policy signature ${path} is malformed`, { cause: error });
  }
}

function parsePolicy(bytes: Uint8Array, path: string): PolicySGX {
  try {
    return decode(PolicySGX, bytes);
  } catch (error) {
    throw new CommandError(`key manager policy ${path} is malformed`, { cause: error });
  }
}
