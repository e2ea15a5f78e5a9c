import { defineTransactionCommand } from "../../transaction-command.ts";

export const registryEntityGenDeregister = defineTransactionCommand<"registry.DeregisterEntity", null>({
  path: "registry entity gen_deregister",
  summary: "write a transaction that deregisters the entity",
  method: "registry.DeregisterEntity",
  options: [],
  resolve: () => null,
});
