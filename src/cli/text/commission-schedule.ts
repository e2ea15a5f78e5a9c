import type { CommissionSchedule } from "../../types/staking.ts";
import { rateText } from "./amount.ts";

/** Lines of a commission schedule, each with `prefix` in front. */
export function commissionScheduleText({ rates, bounds }: CommissionSchedule, prefix: string): string {
  const lines: string[] = [];
  lines.push(rates === null ? "Rates: (none)" : "Rates:");
  for (const [index, { start, rate }] of (rates ?? []).entries()) {
    lines.push(...numbered(index, [`start: epoch ${start}`, `rate:  ${rateText(rate)}`]));
  }
  lines.push(bounds === null ? "Rate Bounds: (none)" : "Rate Bounds:");
  for (const [index, { start, rate_min, rate_max }] of (bounds ?? []).entries()) {
    lines.push(
      ...numbered(index, [
        `start:        epoch ${start}`,
        `minimum rate: ${rateText(rate_min)}`,
        `maximum rate: ${rateText(rate_max)}`,
      ]),
    );
  }
  return lines.map((line) => `${prefix}${line}\n`).join("");
}

function numbered(index: number, lines: readonly string[]): string[] {
  const number = `(${index + 1}) `;
  return lines.map((line, i) => `  ${i === 0 ? number : " ".repeat(number.length)}${line}`);
}
