import { toJsonText } from "../../../codec/schema.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { verify } from "../../../crypto/signature.ts";
import { PolicySGX } from "../../../types/keymanager.ts";
import { defineCommand } from "../../command.ts";
import { CommandError, exitCode } from "../../errors.ts";
import { verboseOption } from "../../options/common.ts";
import { policyFileOption, policySignatureOption, readPolicy, readSignature } from "../../policy-files.ts";

interface Input {
  readonly file: string;
  readonly signatureFiles: readonly string[];
  readonly isVerbose: boolean;
}

export const keymanagerVerifyPolicy = defineCommand<Input>({
  path: "keymanager verify_policy",
  summary: "check a key manager's policy and its signatures",
  notes:
    "With -v it prints the policy as JSON. Without a signature file only the form of the policy is checked.",
  options: [
    policyFileOption,
    policySignatureOption,
    { name: "keymanager.policy.ignore.signature", summary: "check the form of the policy alone" },
    verboseOption,
  ],
  resolve: (given) => ({
    file: given.required(policyFileOption.name),
    signatureFiles: given.switch("keymanager.policy.ignore.signature")
      ? []
      : given.list(policySignatureOption.name),
    isVerbose: given.switch("verbose"),
  }),
  run: async ({ file, signatureFiles, isVerbose }, io) => {
    const { policy, bytes } = await readPolicy(file);
    if (isVerbose) io.out(`${toJsonText(PolicySGX, policy, 2)}\n`);
    for (const path of signatureFiles) {
      const { public_key, signature } = await readSignature(path);
      if (!verify(contexts.keyManagerPolicy, public_key, bytes, signature)) {
        throw new CommandError(`${path}: signature is not valid for given policy`);
      }
    }
    return exitCode.ok;
  },
});
