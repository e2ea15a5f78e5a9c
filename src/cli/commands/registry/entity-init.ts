import { existsSync } from "node:fs";
import { join } from "node:path";
import { toBase64 } from "../../../codec/bytes.ts";
import { identityFiles } from "../../../crypto/identity.ts";
import { createSigner } from "../../../crypto/key-file.ts";
import type { MemorySigner } from "../../../crypto/memory-signer.ts";
import { defineCommand } from "../../command.ts";
import { newEntity, writeEntity } from "../../entity-files.ts";
import { CommandError, exitCode } from "../../errors.ts";
import { forceOption } from "../../options/common.ts";
import {
  entityDir,
  entitySigner,
  type SignerInput,
  signerInput,
  signerOptions,
} from "../../options/signer.ts";

interface Input {
  readonly signer: SignerInput;
  readonly reuseSigner: boolean;
  readonly force: boolean;
}

export const registryEntityInit = defineCommand<Input>({
  path: "registry entity init",
  summary: "make an entity: its key and its descriptor",
  notes:
    "Writes entity.pem, entity.json and entity_genesis.json into the signer's folder and prints the entity's ID. An " +
    "existing key is never overwritten: use --force --entity.reuse_signer to write new descriptors with it.",
  options: [
    { name: "entity.reuse_signer", summary: "use the key that is there instead of making one" },
    forceOption,
    ...signerOptions,
  ],
  resolve: (given) => ({
    signer: signerInput(given),
    reuseSigner: given.switch("entity.reuse_signer"),
    force: given.switch("force"),
  }),
  run: async (input, io) => {
    const dir = entityDir(input.signer);
    const keyPath = join(dir, `${identityFiles.entity}.pem`);
    const isOwnKey = !("isTestEntity" in input.signer);
    if (isOwnKey && existsSync(keyPath) && !input.force) {
      throw new CommandError(
        `there is an entity in ${dir} already: specify --force to overwrite its descriptors`,
      );
    }
    const signer: MemorySigner =
      isOwnKey && !input.reuseSigner ? createSigner(keyPath) : entitySigner(input.signer);
    await writeEntity(dir, newEntity(signer), signer);
    io.out(`${toBase64(signer.publicKey)}\n`);
    return exitCode.ok;
  },
});
