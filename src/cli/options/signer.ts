import { join, resolve } from "node:path";
import { identityFiles } from "../../crypto/identity.ts";
import { loadSigner } from "../../crypto/key-file.ts";
import { type MemorySigner, TEST_ENTITY, testSigner } from "../../crypto/memory-signer.ts";
import type { OptionSpec } from "../command.ts";
import { UsageError } from "../errors.ts";
import type { Given } from "../given.ts";
import { testEntityOption } from "./common.ts";

/** Flags that tell where the entity's key is. */
export const signerOptions: readonly OptionSpec[] = [
  { name: "signer.backend", short: "s", value: "NAME", default: "file", summary: "only file is supported" },
  {
    name: "signer.dir",
    value: "DIR",
    summary: "folder with the entity's files; the working directory by default",
  },
  testEntityOption,
];

export type SignerInput = { readonly dir: string } | { readonly isTestEntity: true };

export function signerInput(given: Given): SignerInput {
  if (given.switch("debug.test_entity")) {
    if (!given.switch("debug.dont_blame_oasis")) {
      throw new UsageError("--debug.test_entity needs --debug.dont_blame_oasis");
    }
    return { isTestEntity: true };
  }
  const backend = given.text("signer.backend");
  if (backend !== "file")
    throw new UsageError(`--signer.backend: "${backend}" is not supported, only file is`);
  return { dir: given.text("signer.dir") };
}

/** Folder with the entity's files. */
export function entityDir(input: SignerInput): string {
  return resolve("dir" in input ? input.dir : "");
}

/** Key of the entity. @throws KeyFileError that says what is wrong with the file */
export function entitySigner(input: SignerInput): MemorySigner {
  if ("isTestEntity" in input) return testSigner(TEST_ENTITY);
  return loadSigner(join(entityDir(input), `${identityFiles.entity}.pem`));
}
