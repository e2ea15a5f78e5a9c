/**
 * Unix time in nanoseconds. Covers Go's zero time (year 1), which protobuf timestamps of absent signatures carry
 * (cometbft.md 0.5).
 */
export type Time = bigint;

export const NANOS_PER_SECOND = 1_000_000_000n;
export const NANOS_PER_MILLISECOND = 1_000_000n;

/** Go's zero `time.Time`: 0001-01-01T00:00:00Z. */
export const ZERO_TIME: Time = -62_135_596_800n * NANOS_PER_SECOND;

/** First instant that a protobuf timestamp cannot express: the year 10000. */
const END_OF_TIME: Time = 253_402_300_800n * NANOS_PER_SECOND;

/** Whole seconds (rounded down) and the nanoseconds within the second, 0 to 999999999. */
export function splitTime(time: Time): { seconds: bigint; nanos: number } {
  let nanos = time % NANOS_PER_SECOND;
  if (nanos < 0n) {
    nanos += NANOS_PER_SECOND;
  }
  return { seconds: (time - nanos) / NANOS_PER_SECOND, nanos: Number(nanos) };
}

/** True for the times that a protobuf timestamp may hold: the years 1 to 9999. */
export function isRepresentableTime(time: Time): boolean {
  return time >= ZERO_TIME && time < END_OF_TIME;
}
