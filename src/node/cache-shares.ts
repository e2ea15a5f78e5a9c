/** How the memory of a node's caches is shared out, in bytes. */
export interface CacheShares {
  /** Decoded nodes of the consensus state. */
  readonly state: number;
  /** Decoded nodes of one ParaTime's state. */
  readonly rounds: number;
  /** Decoded nodes for one maker of checkpoints, which reads states from end to end. */
  readonly checkpoints: number;
  /** Signatures that were verified. */
  readonly signatures: number;
}

/**
 * Shares a budget out: a sixteenth each to verified signatures and to checkpoints, of the rest half to the consensus
 * state and half to the ParaTimes, or all to the consensus state where there are none.
 * @param bytes of all caches together
 * @param runtimes number of ParaTimes
 */
export function shareCaches(bytes: number, runtimes: number): CacheShares {
  const sixteenth = Math.floor(bytes / 16);
  const trees = bytes - 2 * sixteenth;
  const half = Math.floor(trees / 2);
  return {
    state: runtimes === 0 ? trees : half,
    rounds: runtimes === 0 ? 0 : Math.floor(half / runtimes),
    checkpoints: Math.floor(sixteenth / (1 + runtimes)),
    signatures: sixteenth,
  };
}
