import { loadEntity, signEntity } from "../../entity-files.ts";
import { defineTransactionCommand } from "../../transaction-command.ts";

export const registryEntityGenRegister = defineTransactionCommand<"registry.RegisterEntity", null>({
  path: "registry entity gen_register",
  summary: "write a transaction that registers the entity, or changes its list of nodes",
  method: "registry.RegisterEntity",
  options: [],
  resolve: () => null,
  makeBody: async (_, signer, { signer: input }) => signEntity(await loadEntity(input, signer()), signer()),
});
