import { MAJOR_TEXT } from "./cbor.ts";
import type { CborReader } from "./cbor-reader.ts";
import { type Codec, defineCodec } from "./codec.ts";
import { CodecError } from "./errors.ts";
import { jsonString } from "./go-json.ts";

/** Seconds from Go's zero time (year 1) to the Unix epoch, negated. */
export const ZERO_TIME_SECONDS = -62_135_596_800n;
const ZERO_TIME_TEXT = "0001-01-01T00:00:00Z";
const NANOS = 1_000_000_000n;
const MIN_I64 = -(1n << 63n);
const MAX_TEXT_SECONDS = 253_402_300_799n;

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Go time.Time in whole Unix seconds, null for Go's zero time. JSON is RFC 3339 in UTC; fractions are dropped. */
export const unixTime: Codec<bigint | null> = defineCodec<bigint | null>({
  typeName: "time",
  zero: () => null,
  isEmpty: () => false,
  write: (w, v) => (v === null || v === ZERO_TIME_SECONDS ? w.null() : w.int64(v)),
  read: readSeconds,
  toJson: (v) => (v === null ? ZERO_TIME_TEXT : formatTime(v * NANOS)),
  fromJson: (j, path) => {
    const nanoseconds = j === null ? null : parseTime(jsonString(j, path), path);
    return nanoseconds === null ? null : floorDivide(nanoseconds, NANOS);
  },
});

/** Go time.Time in Unix nanoseconds, null for Go's zero time. CBOR carries whole seconds only; JSON all of it. */
export const unixTimeNs: Codec<bigint | null> = defineCodec<bigint | null>({
  typeName: "time",
  zero: () => null,
  isEmpty: () => false,
  write: (w, v) => unixTime.write(w, v === null ? null : floorDivide(v, NANOS)),
  read: (r) => {
    const seconds = readSeconds(r);
    return seconds === null ? null : seconds * NANOS;
  },
  toJson: (v) => (v === null ? ZERO_TIME_TEXT : formatTime(v)),
  fromJson: (j, path) => (j === null ? null : parseTime(jsonString(j, path), path)),
});

/**
 * Unix nanoseconds of RFC 3339 text with up to nine digits of a second (more are dropped); null for Go's zero time.
 *
 * @throws CodecError
 */
export function parseTime(text: string, path = ""): bigint | null {
  const match = RFC3339.exec(text);
  if (match === null) throw new CodecError(`invalid RFC 3339 time "${text.slice(0, 80)}"`, path);
  const [, year, month, day, hour, minute, second, fraction = "", sign, zoneHour = "0", zoneMinute = "0"] =
    match;
  const milliseconds = Date.UTC(
    2000,
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const date = new Date(milliseconds);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const inRange =
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60 &&
    Number(zoneHour) <= 24 &&
    Number(zoneMinute) < 60;
  if (!inRange) throw new CodecError(`time "${text}" is out of range`, path);
  const zone = BigInt(Number(zoneHour) * 60 + Number(zoneMinute)) * 60n * (sign === "-" ? -1n : 1n);
  const seconds = BigInt(date.getTime() / 1000) - zone;
  const nanoseconds = seconds * NANOS + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return nanoseconds === ZERO_TIME_SECONDS * NANOS ? null : nanoseconds;
}

/**
 * RFC 3339 text in UTC, with as many digits of a second as are not zero.
 *
 * @throws RangeError outside the years 1 to 9999
 */
export function formatTime(nanoseconds: bigint): string {
  const seconds = floorDivide(nanoseconds, NANOS);
  if (seconds < ZERO_TIME_SECONDS || seconds > MAX_TEXT_SECONDS)
    throw new RangeError("time outside the years 1 to 9999");
  const fraction = (nanoseconds - seconds * NANOS).toString().padStart(9, "0").replace(/0+$/, "");
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${whole}${fraction === "" ? "" : `.${fraction}`}Z`;
}

function readSeconds(reader: CborReader): bigint | null {
  if (reader.takeNull()) return null;
  if (reader.peekMajor() === MAJOR_TEXT) {
    const start = reader.offset;
    try {
      const nanoseconds = parseTime(reader.text());
      return nanoseconds === null ? null : floorDivide(nanoseconds, NANOS);
    } catch (error) {
      throw error instanceof CodecError ? reader.error(error.reason, start) : error;
    }
  }
  const value = reader.number();
  if (typeof value === "bigint") return value === ZERO_TIME_SECONDS ? null : value;
  return Number.isFinite(value) ? secondsOfFloat(value) : null;
}

/** As Go converts on the machines the network runs on: towards zero, and what does not fit becomes the least i64. */
function secondsOfFloat(value: number): bigint {
  const whole = Math.trunc(value);
  const seconds = Math.abs(whole) < 2 ** 63 ? BigInt(whole) : MIN_I64;
  const nanoseconds = Math.trunc((value - whole) * Number(NANOS));
  return nanoseconds < 0 ? seconds - 1n : seconds;
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value < 0n && quotient * divisor !== value ? quotient - 1n : quotient;
}
