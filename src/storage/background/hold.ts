/**
 * The first version that somebody still needs, with all after it: for example the height that a ParaTime's history has
 * to be made from next. Null when nothing is needed.
 */
export type Hold = () => bigint | null;

/** The first of a version and those that are held. */
export function firstKept(version: bigint, holds: readonly Hold[]): bigint {
  return holds.reduce((first, hold) => {
    const held = hold();
    return held !== null && held < first ? held : first;
  }, version);
}
