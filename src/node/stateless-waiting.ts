import type { ProviderReport } from "../stateless/provider-pool.ts";
import { NONE_NEEDED, type Waiting, type Warning } from "../telemetry/waiting.ts";

export interface StatelessWaitingFigures {
  readonly startedMs: number;
  /** Time of the newest verified block, Unix milliseconds; null before the first. */
  readonly latestMs: number | null;
  readonly isRecent: boolean;
  readonly providers: readonly ProviderReport[];
  /** Why the newest block that was told cannot be verified. */
  readonly failure: string | null;
  /** ParaTimes that the configuration names. */
  readonly runtimes: number;
}

/** What keeps a stateless node from the head of the chain; nothing when it is there. */
export function statelessWaiting(figures: StatelessWaitingFigures): Waiting[] {
  const { startedMs, latestMs, isRecent, providers, failure } = figures;
  if (isRecent) return [];
  const base = { for: "a recent block", sinceMs: latestMs ?? startedMs };
  if (failure !== null) {
    const remedy = "check consensus.providers and consensus.light_client.trust, and this machine's clock";
    return [{ ...base, cause: failure, remedy }];
  }
  if (providers.every(({ height }) => height === 0n)) {
    const cause = providers.map(({ name, answer }) => `${name}: ${answer}`).join("; ");
    return [{ ...base, cause, remedy: "check consensus.providers: none of these nodes answers" }];
  }
  const cause = latestMs === null ? null : "the providers have no newer block";
  const remedy =
    latestMs === null ? NONE_NEEDED : "see whether the network or only the providers stand still";
  return [{ ...base, cause, remedy }];
}

/** What works and is not as it should be. */
export function statelessWarnings(figures: StatelessWaitingFigures): Warning[] {
  const { startedMs, providers, runtimes } = figures;
  const wrong = providers
    .filter(({ wrongAnswers }) => wrongAnswers > 0)
    .map(({ name, wrong: what, wrongAnswers }) => ({
      text: `${name} gave ${wrongAnswers} wrong answers, the last: ${what}`,
      sinceMs: startedMs,
      remedy: "take it out of consensus.providers unless you know why; its answers are not believed",
    }));
  const silent = providers
    .filter(({ isGone }) => isGone)
    .map(({ name, answer }) => ({
      text: `${name} does not answer: ${answer}`,
      sinceMs: startedMs,
      remedy: "see whether that node runs, or name another one in consensus.providers",
    }));
  const unserved = {
    text: "no ParaTimes are run by a node without consensus.local_storage",
    sinceMs: startedMs,
    remedy: "set consensus.local_storage to true, or take the ParaTimes out of the configuration",
  };
  return [...wrong, ...silent, ...(runtimes > 0 ? [unserved] : [])];
}
