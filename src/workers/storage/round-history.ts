import type { AnnotatedBlock } from "../../types/roothash-block.ts";

/** The finalized blocks of one ParaTime, by round (facts/runtime.md 6.6). */
export interface RoundHistory {
  first(): AnnotatedBlock | null;
  last(): AnnotatedBlock | null;
  get(round: bigint): AnnotatedBlock | null;
  /** Adds the block that follows the last one. */
  append(block: AnnotatedBlock): void;
}
