import { join } from "node:path";
import { Entity } from "../../../types/entity.ts";
import { defineCommand } from "../../command.ts";
import { ENTITY_FILE, newEntity } from "../../entity-files.ts";
import { exitCode } from "../../errors.ts";
import { writeJsonFile } from "../../files.ts";
import {
  entityDir,
  entitySigner,
  type SignerInput,
  signerInput,
  signerOptions,
} from "../../options/signer.ts";

export const signerExport = defineCommand<SignerInput>({
  path: "signer export",
  summary: "write the descriptor of an entity without nodes for the key that signs",
  options: signerOptions,
  resolve: signerInput,
  run: async (input) => {
    const path = join(entityDir(input), ENTITY_FILE);
    await writeJsonFile(Entity, newEntity(entitySigner(input)), path, "the entity to");
    return exitCode.ok;
  },
});
