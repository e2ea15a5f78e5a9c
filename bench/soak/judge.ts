import type { Sample } from "./sample.ts";

type Measure = "rssAnon" | "liveHeap" | "openFiles" | "threads";

/** A measure of one process, early and late in its life. */
export interface Growth {
  readonly name: string;
  readonly pid: number;
  readonly measure: Measure;
  readonly early: number;
  readonly late: number;
  readonly allowance: number;
  readonly isTooMuch: boolean;
}

/** Samples of one process of a node, in their order. */
export function lifetimes(samples: readonly Sample[]): Sample[][] {
  return [...Map.groupBy(samples, ({ name, pid }) => `${name}/${pid}`).values()];
}

/**
 * Compares early and late in the life of each process that lived for at least half of the soak. The first quarter is
 * left out: code is compiled, and the caches fill up to their budget. Of the rest the median of the first third is compared with that of
 * the last, so that neither a moment's garbage nor one round of collection decides.
 */
export function judgeGrowth(samples: readonly Sample[], soakSeconds: number): Growth[] {
  return lifetimes(samples).flatMap((life) => {
    const born = life[0]!.seconds;
    const lived = life.at(-1)!.seconds - born;
    if (lived < soakSeconds / 2) return [];
    const between = (from: number, to: number) =>
      life.filter(({ seconds }) => seconds - born >= from * lived && seconds - born <= to * lived);
    return (["rssAnon", "liveHeap", "openFiles", "threads"] as const).flatMap((measure): Growth[] => {
      const early = median(between(0.25, 0.5).map((sample) => sample[measure]));
      const late = median(between(0.75, 1).map((sample) => sample[measure]));
      if (early === null || late === null) return [];
      const allowance = ALLOWANCES[measure];
      const { name, pid } = life[0]!;
      return [{ name, pid, measure, early, late, allowance, isTooMuch: late - early > allowance }];
    });
  });
}

/**
 * What is no growth yet.
 *
 * - Own memory: 12 MiB. V8 collects the old generation when it has grown by 30 % of what lives (`src/cli/sparing-heap.ts`),
 *   which is some 20 MiB here: two medians may differ by half of that.
 * - What lives in the heap: 6 MiB. The caches have a budget, but the last of it fills slowly, and the memory of
 *   transactions seen lately holds 10,000.
 * - Files and threads: 2. Peers come and go; a leak of one a restart or a minute is more.
 */
const ALLOWANCES: Readonly<Record<Measure, number>> = {
  rssAnon: 12 * 2 ** 20,
  liveHeap: 6 * 2 ** 20,
  openFiles: 2,
  threads: 2,
};

/** The middle one; null of none. */
export function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
