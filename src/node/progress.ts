/** How often a line about something that takes long is logged, in milliseconds. */
export const REPORT_INTERVAL_MS = 10_000;

/** The end of a line about progress: `, about 3 min left`; nothing while that is not known. */
export function timeLeftText(seconds: number | null): string {
  return seconds === null ? "" : `, about ${durationText(seconds)} left`;
}

function durationText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
