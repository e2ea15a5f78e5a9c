import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join, resolve } from "node:path";
import { lifetimes } from "./soak/judge.ts";
import type { Restart } from "./soak/restarts.ts";
import type { Sample } from "./soak/sample.ts";

const WIDTH = 720;
const LEFT = 64;
const RIGHT = 24;
const TOP = 84;
const PANEL = 150;
const GAP = 44;
const GRID_LINES = 4;

interface Panel {
  readonly title: string;
  readonly value: (sample: Sample) => number | null;
}

const MIB = 2 ** 20;
const PANELS: readonly Panel[] = [
  { title: "own memory (RssAnon), MiB", value: ({ rssAnon }) => rssAnon / MIB },
  {
    title: "what lives in the JavaScript heap after a full collection, MiB",
    value: ({ liveHeap }) => (liveHeap === null ? null : liveHeap / MIB),
  },
  { title: "open files", value: ({ openFiles }) => openFiles },
];
const COLOURS: Readonly<Record<string, string>> = {
  "validator-1": "#0b6bcb",
  "validator-2": "#c2410c",
  "validator-3": "#15803d",
  "validator-4": "#7c3aed",
  seed: "#8a6d1d",
  ParaTime: "#6b7280",
};

/** Draws what a soak has measured: `bin/run-node bench/soak-plot.ts FOLDER`. Writes docs/soak.svg. */
if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error("usage: bench/soak-plot.ts FOLDER, the --out of bench/soak.ts");
  const linesOf = (name: string) =>
    readFileSync(join(resolve(folder), name), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const machine = `${availableParallelism()} cores of ${cpus()[0]?.model ?? "an unknown processor"}, Node ${process.versions.node}`;
  writeFileSync(
    join(import.meta.dirname, "..", "docs", "soak.svg"),
    drawSoak(linesOf("samples.jsonl"), linesOf("restarts.jsonl"), machine),
  );
}

/** The samples as an SVG document, one panel a measure: minutes to the right, a line for each process. */
export function drawSoak(samples: readonly Sample[], restarts: readonly Restart[], machine: string): string {
  const last = Math.max(...samples.map(({ seconds }) => seconds));
  const x = (seconds: number) => LEFT + (seconds / last) * (WIDTH - LEFT - RIGHT);
  const lives = lifetimes(samples.filter(({ name }) => name in COLOURS));
  const height = TOP + PANELS.length * (PANEL + GAP);
  const legend = Object.entries(COLOURS).map(([name, colour], index) => {
    const at = LEFT + index * 104;
    return `<line x1="${at}" x2="${at + 16}" y1="58" y2="58" stroke="${colour}" stroke-width="3"/><text x="${at + 21}" y="62">${name}</text>`;
  });
  const panels = PANELS.map((panel, index) => drawPanel(panel, TOP + index * (PANEL + GAP)));

  function drawPanel({ title, value }: Panel, top: number): string {
    const bottom = top + PANEL;
    const ceiling = niceCeiling(Math.max(...samples.map((sample) => value(sample) ?? 0)));
    const y = (amount: number) => bottom - (amount / ceiling) * (PANEL - 20);
    const grid = Array.from({ length: GRID_LINES + 1 }, (_, i) => (ceiling * i) / GRID_LINES).map(
      (amount) =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(amount)}" y2="${y(amount)}"/>` +
        `<text x="${LEFT - 8}" y="${y(amount) + 4}" text-anchor="end">${amount}</text>`,
    );
    const minutes = Array.from({ length: 7 }, (_, i) => (last * i) / 6).map(
      (seconds) =>
        `<text x="${x(seconds)}" y="${bottom + 16}" text-anchor="middle">${Math.round(seconds / 60)}</text>`,
    );
    const marks = restarts.map(
      ({ seconds, name }) =>
        `<line x1="${x(seconds).toFixed(1)}" x2="${x(seconds).toFixed(1)}" y1="${bottom - 6}" y2="${bottom}" stroke="${COLOURS[name]}" stroke-width="2"/>`,
    );
    const lines = lives.map((life) => {
      const points = life.flatMap((sample) => {
        const amount = value(sample);
        return amount === null ? [] : [`${x(sample.seconds).toFixed(1)},${y(amount).toFixed(1)}`];
      });
      return `<polyline points="${points.join(" ")}" stroke="${COLOURS[life[0]!.name]}"/>`;
    });
    return [
      `<text x="${LEFT}" y="${top + 12}">${title}</text>`,
      ...grid,
      ...minutes,
      ...marks,
      ...lines,
    ].join("\n");
  }

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<style>
text { fill: #333 }
.grid { stroke: #ddd }
polyline { fill: none; stroke-width: 1.5 }
</style>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="${LEFT}" y="22" font-size="15">Four validators, ${Math.round(last / 60)} minutes, ${restarts.length} restarts</text>
<text x="${LEFT}" y="40">${machine}; minutes to the right, short marks: restarts</text>
${legend.join("\n")}
${panels.join("\n")}
</svg>
`;
}

/** The next of 1, 2, 4, 6, 8 times a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].find((factor) => factor * power >= value)! * power;
}
