import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { type GrowthPoint, measureGrowth, TRANSFERS_PER_BLOCK } from "./growth.ts";

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 64;
const RIGHT = 24;
const TOP = 64;
const BOTTOM = 56;

/**
 * Measures the cost of a block as the state grows and draws it: `bin/run-node bench/growth-plot.ts`, some minutes.
 * Writes docs/block-cost.svg.
 */
if (import.meta.main) {
  const points = await measureGrowth();
  const machine = `${availableParallelism()} cores of ${cpus()[0]?.model ?? "an unknown processor"}`;
  const version = `Node ${process.versions.node}`;
  for (const { accounts, transfersMs, emptyMs, databaseBytes } of points) {
    console.log(
      `${accounts} accounts: ${transfersMs.toFixed(2)} ms, empty ${emptyMs.toFixed(2)} ms, ${databaseBytes} bytes`,
    );
  }
  writeFileSync(
    join(import.meta.dirname, "..", "docs", "block-cost.svg"),
    drawGrowth(points, `${machine}, ${version}`),
  );
}

/** The points as an SVG document: accounts on a logarithmic axis, milliseconds on a linear one from zero. */
export function drawGrowth(points: readonly GrowthPoint[], machine: string): string {
  const top = niceCeiling(Math.max(...points.map(({ transfersMs }) => transfersMs)));
  const first = Math.log10(points[0]!.accounts);
  const last = Math.log10(points.at(-1)!.accounts);
  const x = (accounts: number) =>
    LEFT + ((Math.log10(accounts) - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (ms: number) => HEIGHT - BOTTOM - (ms / top) * (HEIGHT - TOP - BOTTOM);
  const grid = Array.from({ length: 6 }, (_, i) => (top * i) / 5).map(
    (ms) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(ms)}" y2="${y(ms)}"/>` +
      `<text x="${LEFT - 8}" y="${y(ms) + 4}" text-anchor="end">${ms}</text>`,
  );
  const decades = Array.from(
    { length: Math.floor(last) - Math.ceil(first) + 1 },
    (_, i) => Math.ceil(first) + i,
  );
  const ticks = decades.map(
    (power) =>
      `<text x="${x(10 ** power)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">10<tspan dy="-5" font-size="9">${power}</tspan></text>`,
  );
  const line = (name: string, label: string, value: (point: GrowthPoint) => number) => {
    const path = points.map((point) => `${x(point.accounts).toFixed(1)},${y(value(point)).toFixed(1)}`);
    const dots = path.map(
      (at) => `<circle class="${name}" cx="${at.split(",")[0]}" cy="${at.split(",")[1]}" r="3"/>`,
    );
    // Above the end of the line, wherever it comes from.
    const labelY = Math.min(...points.slice(-2).map((point) => y(value(point)))) - 10;
    return [
      `<polyline class="${name}" points="${path.join(" ")}"/>`,
      ...dots,
      `<text x="${WIDTH - RIGHT}" y="${labelY}" text-anchor="end">${label}</text>`,
    ].join("\n");
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<style>
text { fill: #333 }
.grid { stroke: #ddd }
polyline { fill: none; stroke-width: 2 }
polyline.transfers { stroke: #0b6bcb }
circle.transfers { fill: #0b6bcb }
polyline.empty { stroke: #8a6d1d }
circle.empty { fill: #8a6d1d }
</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="24" font-size="15">Processor time of a block by accounts in the ledger, in milliseconds</text>
<text x="${LEFT}" y="42">${machine}; database on the disk</text>
${grid.join("\n")}
${ticks.join("\n")}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">accounts</text>
${line("transfers", `${TRANSFERS_PER_BLOCK} transfers`, ({ transfersMs }) => transfersMs)}
${line("empty", "empty block", ({ emptyMs }) => emptyMs)}
</svg>
`;
}

/** The next of 1, 2, 5 times a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((factor) => factor * power >= value)! * power;
}
