import type { Context } from "../context.ts";

/** What a network upgrade does to the state, in the first block of its epoch. */
export interface UpgradeHandler {
  /** Set: it wants the node to be started for it, so that a running one stops in front of its block first. */
  readonly needsStart?: true;
  /** Before BeginBlock of the services. */
  readonly beginBlock?: (ctx: Context) => void;
  /** After EndBlock of the services; parameters may only be changed here. */
  readonly endBlock?: (ctx: Context) => void;
}
