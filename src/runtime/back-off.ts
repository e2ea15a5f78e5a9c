/** Wait before the second attempt, in milliseconds. */
export const FIRST_WAIT_MS = 500;
/** Each wait is so many times the one before. */
export const WAIT_GROWTH = 1.5;
/** No wait is longer, before it is spread. */
export const LONGEST_WAIT_MS = 60 * 60 * 1000;
/** Waits are spread by up to this share to both sides, so that several ParaTimes do not restart in step. */
const SPREAD = 0.5;

/**
 * How long to wait before starting a process again (facts/runtime.md section 2). The official node gives up after
 * 24 hours; this one keeps trying at the longest wait, since what is wrong can be put right at any time.
 *
 * @param failures how often it failed in a row, at least 1
 * @param random in [0, 1)
 * @returns milliseconds
 */
export function restartWait(failures: number, random: number): number {
  const wait = Math.min(FIRST_WAIT_MS * WAIT_GROWTH ** (failures - 1), LONGEST_WAIT_MS);
  return Math.round(wait * (1 - SPREAD + 2 * SPREAD * random));
}
