import { writeFile } from "node:fs/promises";
import type { ApiClient } from "../../../api/client.ts";
import { fromHex, toHex } from "../../../codec/bytes.ts";
import type { Namespace } from "../../../codec/common-types.ts";
import { timeLeftText } from "../../../node/progress.ts";
import { defineCommand } from "../../command.ts";
import { CommandError, exitCode, UsageError } from "../../errors.ts";
import { systemReason } from "../../files.ts";
import type { Given } from "../../given.ts";
import type { Io } from "../../io.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { RuntimeStatsCollector } from "../../runtime-stats/collect-runtime-stats.ts";
import { runtimeStatsCsv, runtimeStatsText } from "../../text/runtime-stats.ts";

interface HeightRange {
  readonly start: bigint;
  /** Not included. */
  readonly end: bigint;
}

/** Start 0 is the first height that the node has, end 0 the newest. */
interface Input extends HeightRange {
  readonly client: ClientInput;
  readonly runtimeId: Namespace;
}

const NAMESPACE_HEX = /^[0-9a-f]{64}$/i;
const HEIGHT = /^\d{1,18}$/;
/** How often a person is told how far it is. */
const TELL_MS = 2000;

export const controlRuntimeStats = defineCommand<Input>({
  path: "control runtime-stats",
  summary: "count what the rounds of a ParaTime came to, and what each entity did in them",
  notes:
    "Asks the node about every height from START up to END, which is not included. The table is also written as CSV, to " +
    "`runtime-ID-START-END-stats.csv` in the working directory.",
  args: [
    { name: "runtime-id", summary: "the ParaTime's identifier in hex" },
    { name: "start-height", summary: "first height; 0 is the first that the node has", isOptional: true },
    { name: "end-height", summary: "height to stop at; 0 is the newest", isOptional: true },
  ],
  options: clientOptions,
  resolve: resolveRuntimeStats,
  run: async ({ client: input, runtimeId, start, end }, io) => {
    const { range, stats } = await withClient(input, "failed to gather statistics", async (client) => {
      const range = await rangeOf(client, { start, end }, io.signal);
      const collector = new RuntimeStatsCollector(client, runtimeId);
      const tell = progress(range, io);
      for (let height = range.start; height < range.end; height++) {
        await collector.take(height, io.signal);
        tell(height);
      }
      return { range, stats: collector.stats };
    });
    io.out(runtimeStatsText(stats));
    const file = `runtime-${toHex(runtimeId)}-${range.start}-${range.end}-stats.csv`;
    await writeFile(file, runtimeStatsCsv(stats)).catch((error: unknown) => {
      throw new CommandError(`cannot write ${file}: ${systemReason(error as NodeJS.ErrnoException)}`);
    });
    return exitCode.ok;
  },
});

/** @internal for tests */
export function resolveRuntimeStats(given: Given): Input {
  const [id, start = "0", end = "0"] = given.args;
  if (id === undefined || !NAMESPACE_HEX.test(id)) throw new UsageError(`malformed runtime ID: ${id}`);
  if (!HEIGHT.test(start)) throw new UsageError(`malformed start height: ${start}`);
  if (!HEIGHT.test(end)) throw new UsageError(`malformed end height: ${end}`);
  return { client: clientInput(given), runtimeId: fromHex(id), start: BigInt(start), end: BigInt(end) };
}

async function rangeOf(
  client: ApiClient,
  { start, end }: HeightRange,
  signal: AbortSignal,
): Promise<HeightRange> {
  if (start !== 0n && end !== 0n) return { start, end };
  const status = await client.call("Consensus", "GetStatus", null, { signal });
  return {
    start: start === 0n ? status.last_retained_height : start,
    end: end === 0n ? status.latest_height : end,
  };
}

/** Tells a person from time to time how far it is and how long it will take. */
function progress({ start, end }: HeightRange, io: Io): (height: bigint) => void {
  const began = performance.now();
  let told = began;
  return (height) => {
    const now = performance.now();
    if (now - told < TELL_MS) return;
    told = now;
    const left = ((now - began) / Number(height - start + 1n)) * Number(end - height - 1n);
    io.err(`height ${height} of ${end}${timeLeftText(Math.ceil(left / 1000))}\n`);
  };
}
