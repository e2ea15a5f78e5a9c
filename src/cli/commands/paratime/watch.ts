import { fromUtf8, toHex } from "../../../codec/bytes.ts";
import { CodecError } from "../../../codec/errors.ts";
import { formatTime } from "../../../codec/time.ts";
import type { RuntimeEvent } from "../../../types/api-runtime-client.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { withClient } from "../../options/client.ts";
import {
  chooseRuntime,
  locateNode,
  type ParatimeInput,
  paratimeInput,
  paratimeOptions,
} from "../../options/paratime.ts";

interface Input {
  readonly paratime: ParatimeInput;
  /** Stop after so many blocks; 0: never. */
  readonly count: number;
}

const HEADER_TYPES = ["invalid", "normal", "round failed", "epoch transition", "suspended"];
const NANOSECONDS = 1_000_000_000n;

export const paratimeWatch = defineCommand<Input>({
  path: "paratime watch",
  summary: "print the blocks of a ParaTime and their events as they come",
  notes: "An addition to the official command line. Ends with Ctrl-C, or after --count blocks.",
  options: [
    ...paratimeOptions,
    { name: "count", value: "N", default: "0", summary: "stop after so many blocks; 0: never" },
  ],
  resolve: (given) => ({ paratime: paratimeInput(given), count: given.int("count", 0, 0x7fff_ffff) }),
  run: async ({ paratime, count }, io) => {
    const node = await locateNode(paratime);
    await withClient(node.client, "cannot watch the ParaTime", async (client) => {
      const runtime_id = await chooseRuntime(client, node.runtimeId);
      let seen = 0;
      for await (const { block } of client.watch("RuntimeClient", "WatchBlocks", runtime_id, {
        signal: io.signal,
      })) {
        const { round, header_type, timestamp } = block.header;
        const time = formatTime(timestamp * NANOSECONDS);
        io.out(`round ${round}  ${time}  ${HEADER_TYPES[header_type] ?? `type ${header_type}`}\n`);
        const events = await client.call("RuntimeClient", "GetEvents", { runtime_id, round });
        for (const event of events ?? []) io.out(`  ${eventText(event)}\n`);
        if (++seen === count) return;
      }
    }).catch((error: unknown) => {
      // The user has seen enough.
      if (!io.signal.aborted) throw error;
    });
    return exitCode.ok;
  },
});

function eventText({ key, value, tx_hash }: RuntimeEvent): string {
  return `${toHex(tx_hash).slice(0, 12)}  ${readable(key)}${value?.length ? `: ${readable(value)}` : ""}`;
}

/** Text where the bytes are printable text, else hex. */
function readable(bytes: Uint8Array | null): string {
  try {
    const text = fromUtf8(bytes ?? new Uint8Array(0));
    if (!/\p{Cc}/u.test(text)) return text;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
  return `0x${toHex(bytes ?? new Uint8Array(0))}`;
}
