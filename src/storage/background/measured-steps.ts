/**
 * Work of many small things, made into steps of about `targetMs`: many things at once cost less each, because they share
 * a transaction and its pages, and what one costs differs from disk to disk.
 *
 * Where a step with a single thing takes half of that or more, as on a disk that is slow to make a transaction durable,
 * steps become twice as long as such a one: shorter ones would do next to nothing but wait for the disk.
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
  let budgetMs = targetMs;
  for (let steps = 0; ; steps++) {
    const isProbe = steps % STEPS_A_PROBE === 0;
    const began = now();
    if (!step(isProbe ? 1 : limit)) return;
    const tookMs = now() - began;
    if (isProbe) budgetMs = Math.max(targetMs, 2 * tookMs);
    else if (tookMs > budgetMs) limit = Math.max(1, Math.floor(limit / 2));
    else if (tookMs < budgetMs * 0.75) limit = Math.min(MAX_LIMIT, Math.ceil(limit * 1.5));
    yield;
  }
}

const FIRST_LIMIT = 4;
/** More at once saves nothing, and what follows may be heavier than what was measured. */
const MAX_LIMIT = 64;
/** How often it is measured what a step with a single thing takes. */
const STEPS_A_PROBE = 50;
