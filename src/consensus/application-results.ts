import type { BlockResults, CheckResult } from "../chain/application.ts";
import { wirePair } from "../types/errors.ts";
import { isTxFailure } from "./errors.ts";
import { SUCCESS_DATA } from "./execute-block.ts";

/** Result of a check that fails. */
export function rejected(error: Error): CheckResult {
  if (!isTxFailure(error)) {
    // A transaction that the state machine cannot execute must not reach a block.
    return { code: 1, codespace: "unknown", log: error.message, gasWanted: 0n, priority: 0n, sender: "" };
  }
  const { module, code } = wirePair(error);
  return { code, codespace: module, log: error.message, gasWanted: 0n, priority: 0n, sender: "" };
}

/** Result of the block metadata transaction, which always succeeds. */
export function metadataResult(): BlockResults["txResults"][number] {
  return {
    code: 0,
    data: SUCCESS_DATA,
    log: "",
    info: "",
    gas_wanted: 0n,
    gas_used: 0n,
    events: [],
    codespace: "",
  };
}
