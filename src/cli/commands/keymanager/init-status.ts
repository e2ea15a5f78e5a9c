import { fromHex } from "../../../codec/bytes.ts";
import type { Namespace, PublicKey } from "../../../codec/common-types.ts";
import { Status } from "../../../types/keymanager.ts";
import { defineCommand } from "../../command.ts";
import { exitCode, UsageError } from "../../errors.ts";
import { writeJsonFile } from "../../files.ts";
import { type Given, parseRuntimeId } from "../../given.ts";
import { policyFileOption, policySignatureOption, readSignedPolicy } from "../../policy-files.ts";

interface Input {
  readonly file: string;
  readonly id: Namespace;
  readonly isInitialized: boolean;
  readonly isSecure: boolean;
  readonly checksum: Uint8Array;
  readonly signingKey: PublicKey | null;
  /** Empty: none. */
  readonly policyFile: string;
  readonly signatureFiles: readonly string[];
}

const CHECKSUM_LENGTH = 32;
const CHECKSUM = "keymanager.status.checksum";
const INITIALIZED = "keymanager.status.initialized";
const SIGNING_KEY = "keymanager.status.rsk";

export const keymanagerInitStatus = defineCommand<Input>({
  path: "keymanager init_status",
  summary: "write a key manager's status for a genesis document",
  options: [
    { name: "keymanager.status.id", value: "ID", summary: "the key manager's ParaTime identifier, in hex" },
    {
      name: "keymanager.status.file",
      value: "FILE",
      default: "km_status.json",
      summary: "where to write the status",
    },
    { name: INITIALIZED, summary: "the key manager has its master secret; needs the checksum" },
    { name: "keymanager.status.secure", summary: "the key manager is secure" },
    { name: CHECKSUM, value: "CHECKSUM", summary: "checksum of the master secret, in hex" },
    { name: SIGNING_KEY, value: "KEY", summary: "the key manager's signing key, in base64" },
    { ...policyFileOption, default: "", summary: "the policy, CBOR; none by default" },
    policySignatureOption,
  ],
  resolve: resolveInitStatus,
  run: async (input) => {
    const { policyFile, signatureFiles } = input;
    const status: Status = {
      ...Status.zero(),
      id: input.id,
      is_initialized: input.isInitialized,
      is_secure: input.isSecure,
      checksum: input.checksum,
      policy: policyFile === "" ? null : await readSignedPolicy(policyFile, signatureFiles),
      rsk: input.signingKey,
    };
    await writeJsonFile(Status, status, input.file, "the status to");
    return exitCode.ok;
  },
});

function resolveInitStatus(given: Given): Input {
  const isInitialized = given.switch(INITIALIZED);
  const hasKey = given.text(SIGNING_KEY) !== "";
  const checksum = checksumOf(given.text(CHECKSUM));
  if (checksum.length > 0 && !isInitialized) throw new UsageError(`--${CHECKSUM} needs --${INITIALIZED}`);
  if (checksum.length === 0 && isInitialized) throw new UsageError(`--${INITIALIZED} needs --${CHECKSUM}`);
  if (hasKey && !isInitialized) throw new UsageError(`--${SIGNING_KEY} needs --${INITIALIZED}`);
  return {
    file: given.required("keymanager.status.file"),
    id: parseRuntimeId("--keymanager.status.id", given.required("keymanager.status.id")),
    isInitialized,
    isSecure: given.switch("keymanager.status.secure"),
    checksum,
    signingKey: hasKey ? given.publicKey(SIGNING_KEY) : null,
    policyFile: given.text(policyFileOption.name),
    signatureFiles: given.list(policySignatureOption.name),
  };
}

function checksumOf(text: string): Uint8Array {
  try {
    const checksum = fromHex(text);
    if (text === "" || checksum.length === CHECKSUM_LENGTH) return checksum;
  } catch {
    // The message below says what was expected.
  }
  throw new UsageError(`--${CHECKSUM}: expected ${2 * CHECKSUM_LENGTH} hex characters, not "${text}"`);
}
