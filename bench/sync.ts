import { setTimeout as pause } from "node:timers/promises";
import { BenchNodes, ours, type RunFigures, runTo } from "./bench-node.ts";
import { startSource } from "./start-source.ts";

export interface SyncMeasurements {
  /** Our node, served by our node. */
  readonly ours: RunFigures;
  /** An official node served by our node, and one served by that one; null without a reference. */
  readonly official: { readonly servedByOurs: RunFigures; readonly servedByOfficial: RunFigures } | null;
}

/**
 * Measures nodes that begin with nothing and fetch a recorded chain from one peer over loopback: from the start of the
 * process to the last block that block sync can give, the one before the newest.
 * @param reference path of an official oasis-node; null: ours alone
 */
export async function measureSync(
  genesis: string,
  chain: string,
  reference: string | null,
): Promise<SyncMeasurements> {
  using nodes = new BenchNodes(genesis);
  const { source, head } = await startSource(nodes, genesis, chain);
  const figures = await runTo(head - 1n, await nodes.add("ours", ours), source);
  if (reference === null) return { ours: figures, official: null };
  const first = await nodes.add("official", reference);
  const servedByOurs = await runTo(head - 1n, first, source);
  await source.stop();
  await pause(1000);
  const servedByOfficial = await runTo(head - 2n, await nodes.add("official-2", reference), first);
  return { ours: figures, official: { servedByOurs, servedByOfficial } };
}
