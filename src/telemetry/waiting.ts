/** Something that is not done yet: what is waited for, since when, why, and what the operator can do about it. */
export interface Waiting {
  /** What is waited for, as the end of the sentence "waiting for …". */
  readonly for: string;
  /** Unix milliseconds. */
  readonly sinceMs: number;
  /** The last thing that went wrong, when something did. */
  readonly cause: string | null;
  /** What to do, or `none needed` where it passes by itself. */
  readonly remedy: string;
}

/** Something that works and is not as it should be. */
export interface Warning {
  readonly text: string;
  /** Unix milliseconds. */
  readonly sinceMs: number;
  /** What to do. */
  readonly remedy: string;
}

/** The remedy of what passes by itself. */
export const NONE_NEEDED = "none needed, this passes by itself";

/** One line for people: logs, `/readyz`, errors. */
export function describeWaiting(waiting: Waiting, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - waiting.sinceMs) / 1000));
  const cause = waiting.cause === null ? "" : ` (${waiting.cause})`;
  return `waiting for ${waiting.for} since ${seconds} s${cause}; remedy: ${waiting.remedy}`;
}
