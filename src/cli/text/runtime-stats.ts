import { toBase64 } from "../../codec/bytes.ts";
import type { EntityStats, RuntimeStats } from "../runtime-stats/runtime-stats.ts";

/** Columns in the order of the official command. */
const COLUMNS: readonly (readonly [title: string, cell: (entity: EntityStats) => string | number])[] = [
  ["Entity ID", ({ id }) => toBase64(id)],
  ["Elected", ({ elected }) => elected],
  ["Primary", ({ primary }) => primary],
  ["Backup", ({ backup }) => backup],
  ["Proposer", ({ proposer }) => proposer],
  ["Primary invoked", ({ primaryRequired }) => primaryRequired],
  ["Primary Good commit", ({ primaryGood }) => primaryGood],
  ["Prim Bad commmit", ({ primaryBad }) => primaryBad],
  ["Bckp invoked", ({ backupRequired }) => backupRequired],
  ["Bckp Good commit", ({ backupGood }) => backupGood],
  ["Bckp Bad commit", ({ backupBad }) => backupBad],
  ["Primary missed", ({ primaryMissed }) => primaryMissed],
  ["Bckp missed", ({ backupMissed }) => backupMissed],
];

/** The counts, and a table with a line an entity. */
export function runtimeStatsText(stats: RuntimeStats): string {
  const counts = [
    ["Runtime rounds", stats.rounds],
    ["Successful rounds", stats.successful],
    ["Epoch transition rounds", stats.epochTransitions],
    // No protocol of today has them; scripts may look for the line.
    ["Proposer timeouted rounds", 0],
    ["Failed rounds", stats.failed],
    ["Discrepancies", stats.discrepancies],
    ["Discrepancies (timeout)", stats.timeouts],
    ["Suspended", stats.suspended],
  ].map(([name, count]) => `${name}: ${count}\n`);
  return `${counts.join("")}Entity stats\n${table(stats)}`;
}

/** The table as CSV, with its titles in the first line. */
export function runtimeStatsCsv(stats: RuntimeStats): string {
  return [titles(), ...rows(stats)].map((row) => `${row.join(",")}\n`).join("");
}

function table(stats: RuntimeStats): string {
  const head = titles().map((title) => title.toUpperCase());
  const lines = rows(stats);
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((row) => row[i]!.length)));
  const line = (cells: string[]) => `| ${cells.join(" | ")} |\n`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|\n`;
  // Numbers to the right, titles in the middle.
  const body = lines.map((row) =>
    line(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))),
  );
  return line(head.map((title, i) => centred(title, widths[i]!))) + rule + body.join("");
}

function titles(): string[] {
  return COLUMNS.map(([title]) => title);
}

function rows({ entities }: RuntimeStats): string[][] {
  const ordered = [...entities].sort(([a], [b]) => (a < b ? -1 : 1));
  return ordered.map(([, entity]) => COLUMNS.map(([, cell]) => String(cell(entity))));
}

function centred(text: string, width: number): string {
  return text.padStart(text.length + Math.floor((width - text.length) / 2)).padEnd(width);
}
