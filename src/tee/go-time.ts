import { QuoteError } from "./quote-error.ts";

const NS = 1_000_000_000n;
const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(Z?)$/;

/**
 * Unix nanoseconds of a time as Intel's services write it, always UTC.
 * @param suffix what has to stand at the end: collateral has `Z`, attestation reports have nothing
 * @throws QuoteError
 */
export function parseUtc(text: string, suffix: "" | "Z"): bigint {
  const match = TIME.exec(text);
  if (match === null || match[8] !== suffix) throw new QuoteError(`malformed time "${text.slice(0, 40)}"`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  // Years below 100 are years of the first century, which the Date constructor takes for others.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!isReal) throw new QuoteError(`there is no time "${text.slice(0, 40)}"`);
  const seconds = BigInt(date.getTime() / 1000 + (hour * 60 + minute) * 60 + second);
  return seconds * NS + BigInt((match[7] ?? "").slice(0, 9).padEnd(9, "0"));
}
