import { CodedError } from "../codec/errors.ts";
import { findWireError, UNKNOWN_MODULE } from "../types/errors.ts";

/**
 * The error of a transaction that failed, rebuilt from what its result carries (api.md 1.1): a registered pair gives
 * its text and the log as context, unless the log begins with that text; other pairs give the log.
 */
export function submitError(module: string, code: number, log: string): CodedError {
  const registered = findWireError(module, code);
  if (registered === undefined || module === UNKNOWN_MODULE) return new CodedError(module, code, log);
  const isWhole = log === "" || log === registered.text || log.startsWith(`${registered.text}: `);
  return new CodedError(module, code, isWhole ? log || registered.text : `${registered.text}: ${log}`);
}
