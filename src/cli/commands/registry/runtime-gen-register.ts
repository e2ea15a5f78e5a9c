import { Runtime } from "../../../types/runtime.ts";
import { readJsonFile } from "../../files.ts";
import { defineTransactionCommand } from "../../transaction-command.ts";

export const registryRuntimeGenRegister = defineTransactionCommand<"registry.RegisterRuntime", string>({
  path: "registry runtime gen_register",
  summary: "write a transaction that registers a ParaTime, or changes it",
  method: "registry.RegisterRuntime",
  options: [{ name: "runtime.descriptor", value: "FILE", summary: "the ParaTime's descriptor, JSON" }],
  resolve: (given) => given.required("runtime.descriptor"),
  makeBody: (path) => readJsonFile(Runtime, path, "ParaTime descriptor"),
});
