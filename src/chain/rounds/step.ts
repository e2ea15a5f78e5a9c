/** Steps of a round, with the numbers of the wire (cometbft.md 3.2). */
export const STEP = {
  newHeight: 1,
  newRound: 2,
  propose: 3,
  prevote: 4,
  prevoteWait: 5,
  precommit: 6,
  precommitWait: 7,
  commit: 8,
} as const;

export type Step = (typeof STEP)[keyof typeof STEP];

/** Name of a step for logs and status. */
export function stepName(step: Step): string {
  return STEP_NAMES[step];
}

const STEP_NAMES = Object.fromEntries(Object.entries(STEP).map(([name, step]) => [step, name])) as Record<
  Step,
  string
>;
