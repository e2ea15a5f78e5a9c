/**
 * Work of which one step can do more or less, made into steps of about `targetMs`: many things at once cost less each,
 * because they share a transaction and its pages, and what one costs differs from disk to disk.
 *
 * @param step does at most `limit` things; whether more are left
 * @param now milliseconds, with fractions
 */
export function* measuredSteps(
  step: (limit: number) => boolean,
  targetMs: number,
  now: () => number,
): Generator<void, void> {
  let limit = FIRST_LIMIT;
  for (;;) {
    const began = now();
    if (!step(limit)) return;
    const took = now() - began;
    if (took > targetMs) limit = Math.max(1, Math.floor(limit / 2));
    else if (took < targetMs / 2) limit = Math.min(MAX_LIMIT, limit * 2);
    yield;
  }
}

const FIRST_LIMIT = 4;
/** More at once saves nothing, and what follows may be heavier than what was measured. */
const MAX_LIMIT = 64;
