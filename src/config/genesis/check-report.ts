import type { Blacklist } from "../../crypto/blacklist.ts";

export interface CheckGenesisOptions {
  /** The node runs with debug.dont_blame_oasis: test-only parameters are allowed. */
  readonly debug: boolean;
  /** Keys that are never valid. */
  readonly blacklist: Blacklist;
}

/** Takes what a check finds wrong. */
export type Report = (path: string, message: string) => void;

/** Reports every debug switch of `names` that is on while the node is not in debug mode. */
export function checkDebugSwitches(
  params: Readonly<Record<string, unknown>>,
  names: readonly string[],
  path: string,
  { debug }: CheckGenesisOptions,
  report: Report,
): void {
  if (debug) return;
  for (const name of names) {
    const value = params[name];
    const on = value instanceof Map || value === true;
    if (on) report(`${path}.${name}`, "is for test networks only and needs --debug.dont_blame_oasis");
  }
}
