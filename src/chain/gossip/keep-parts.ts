import type { ChainEngine } from "../chain-engine.ts";
import type { PartSet } from "../part-set.ts";
import type { StoredParts } from "./next-data.ts";
import type { StoredCommits } from "./next-vote.ts";

/** Blocks in parts that are kept for lagging peers, each of up to the chain's block size. */
const MAX_STORED_PARTS = 4;

/** The stored chain as lagging peers need it; the parts of the last few blocks that were asked for are kept. */
export function keepParts(
  engine: Pick<ChainEngine, "oldestHeight" | "commitAt" | "partsAt">,
): StoredParts & StoredCommits {
  const recent = new Map<bigint, PartSet>();
  return {
    get oldestHeight() {
      return engine.oldestHeight;
    },
    commitAt: (height) => engine.commitAt(height),
    partsAt(height) {
      const kept = recent.get(height);
      if (kept !== undefined) return kept;
      const parts = engine.partsAt(height);
      if (parts === null) return null;
      recent.set(height, parts);
      if (recent.size > MAX_STORED_PARTS) recent.delete(recent.keys().next().value!);
      return parts;
    },
  };
}
