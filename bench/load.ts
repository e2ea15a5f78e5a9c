/** Runs `work` again and again, `inFlight` at a time, for `durationMs`; gives the time each took, sorted. */
export async function load(
  inFlight: number,
  durationMs: number,
  work: (worker: number) => Promise<void>,
): Promise<{ perSecond: number; sortedMs: number[] }> {
  const began = performance.now();
  const times: number[] = [];
  const worker = async (index: number) => {
    while (performance.now() - began < durationMs) {
      const start = performance.now();
      await work(index);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => worker(index)));
  const seconds = (performance.now() - began) / 1000;
  return { perSecond: times.length / seconds, sortedMs: times.sort((a, b) => a - b) };
}

/** The value below which `share` of the sorted values are. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
