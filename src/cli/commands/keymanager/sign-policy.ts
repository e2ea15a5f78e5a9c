import { contexts } from "../../../crypto/contexts.ts";
import { loadSigner } from "../../../crypto/key-file.ts";
import { testSigner } from "../../../crypto/memory-signer.ts";
import { type Signer, sign } from "../../../crypto/signature.ts";
import { encodeSignaturePem } from "../../../crypto/signature-pem.ts";
import { defineCommand } from "../../command.ts";
import { exitCode, UsageError } from "../../errors.ts";
import { writeOutput } from "../../files.ts";
import type { Given } from "../../given.ts";
import { policyFileOption, policySignatureOption, readPolicy } from "../../policy-files.ts";

interface Input {
  readonly file: string;
  readonly key: { readonly file: string } | { readonly testName: string };
  readonly signatureFile: string;
}

/** Names of the test keys, counted from 1 on the command line (oasis-core v26.1 go/keymanager/api). */
const TEST_KEYS = [
  "ekiden test key manager RAK seed",
  "ekiden key manager test multisig key 0",
  "ekiden key manager test multisig key 1",
  "ekiden key manager test multisig key 2",
];

export const keymanagerSignPolicy = defineCommand<Input>({
  path: "keymanager sign_policy",
  summary: "sign a key manager's policy",
  options: [
    policyFileOption,
    { name: "keymanager.policy.key.file", value: "FILE", summary: "private key of the policy signer, PEM" },
    {
      name: "keymanager.policy.testkey",
      value: "N",
      default: "0",
      summary: "a test key, counted from 1; needs --debug.dont_blame_oasis",
      isHidden: true,
    },
    {
      ...policySignatureOption,
      summary: "where to write the signature; the policy's name with .sign by default",
    },
  ],
  resolve: resolveSignPolicy,
  run: async ({ file, key, signatureFile }) => {
    const { bytes } = await readPolicy(file);
    const signer: Signer = "file" in key ? loadSigner(key.file) : testSigner(key.testName);
    const signature = sign(signer, contexts.keyManagerPolicy, bytes);
    await writeOutput(signatureFile, encodeSignaturePem(signature), "the signature to");
    return exitCode.ok;
  },
});

function resolveSignPolicy(given: Given): Input {
  const file = given.required(policyFileOption.name);
  const signatureFile = given.list(policySignatureOption.name)[0] ?? `${file}.sign`;
  const keyFile = given.text("keymanager.policy.key.file");
  if (keyFile !== "") return { file, signatureFile, key: { file: keyFile } };
  const index = given.int("keymanager.policy.testkey", 0, TEST_KEYS.length);
  if (index === 0) throw new UsageError("--keymanager.policy.key.file is missing");
  if (!given.switch("debug.dont_blame_oasis")) {
    throw new UsageError("--keymanager.policy.testkey needs --debug.dont_blame_oasis");
  }
  return { file, signatureFile, key: { testName: TEST_KEYS[index - 1]! } };
}
