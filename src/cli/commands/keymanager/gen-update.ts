import { encode } from "../../../codec/schema.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { verify } from "../../../crypto/signature.ts";
import { PolicySGX } from "../../../types/keymanager.ts";
import { CommandError } from "../../errors.ts";
import { policyFileOption, policySignatureOption, readSignedPolicy } from "../../policy-files.ts";
import { defineTransactionCommand } from "../../transaction-command.ts";

interface Files {
  readonly policy: string;
  readonly signatures: readonly string[];
}

export const keymanagerGenUpdate = defineTransactionCommand<"keymanager.UpdatePolicy", Files>({
  path: "keymanager gen_update",
  summary: "write a transaction that gives a key manager a new policy",
  method: "keymanager.UpdatePolicy",
  options: [policyFileOption, policySignatureOption],
  resolve: (given) => ({
    policy: given.required(policyFileOption.name),
    signatures: given.list(policySignatureOption.name),
  }),
  makeBody: async (files) => {
    const signed = await readSignedPolicy(files.policy, files.signatures);
    const bytes = encode(PolicySGX, signed.policy);
    for (const [index, { public_key, signature }] of (signed.signatures ?? []).entries()) {
      if (!verify(contexts.keyManagerPolicy, public_key, bytes, signature)) {
        throw new CommandError(`${files.signatures[index]}: signature is not valid for given policy`);
      }
    }
    return signed;
  },
});
