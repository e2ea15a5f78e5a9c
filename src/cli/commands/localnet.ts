import type { LocalnetEvent, LocalnetOptions } from "../../node/localnet/localnet.ts";
import { defineCommand } from "../command.ts";
import { CommandError, exitCode, UsageError } from "../errors.ts";
import type { Given } from "../given.ts";
import { defaultLocalnetDir } from "../localnet-dir.ts";
import { localnetText } from "../text/localnet.ts";

interface Input {
  readonly options: LocalnetOptions;
  readonly isJson: boolean;
  /** Whether the folder is the one that other commands look into by themselves. */
  readonly isDefaultDir: boolean;
}

export const localnet = defineCommand<Input>({
  path: "localnet",
  summary: "run a network with a ParaTime on this machine, in one process",
  notes:
    "An addition to the official command line. The process is validator, compute node and client. Started again with " +
    "the same folder it continues its chain. Ctrl-C stops it. With --json it prints one JSON object a line; the one " +
    "with `event` = `ready` carries `socket`, `grpc`, `http`, `runtime_id`, `chain_context` and `genesis`.",
  options: [
    { name: "dir", value: "DIR", summary: "folder of the network; one in your home by default" },
    {
      name: "block-time",
      value: "TIME",
      summary: "time between blocks; by default as fast as transactions come, at least one a second",
    },
    {
      name: "paratime",
      value: "FILE",
      summary: "the ParaTime: an ELF executable or a bundle; the demo by default",
    },
    { name: "json", summary: "print events as JSON, one a line" },
  ],
  resolve: resolveLocalnet,
  run: async ({ options, isJson, isDefaultDir }, io) => {
    const { runLocalnet } = await import("../../node/localnet/localnet.ts");
    const report = (event: LocalnetEvent) => {
      if (isJson) io.out(`${JSON.stringify(event)}\n`);
      else io.err(localnetText(event, isDefaultDir ? null : options.dir));
    };
    const reason = await runLocalnet(options, { signal: io.signal, report });
    if (reason.kind === "failed") throw new CommandError(reason.message);
    return exitCode.ok;
  },
});

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** @internal for tests */
export function resolveLocalnet(given: Given): Input {
  const blockTime = given.isTyped("block-time") ? given.duration("block-time") : null;
  if (blockTime !== null && blockTime < NANOSECONDS_PER_MILLISECOND) {
    throw new UsageError("--block-time: must be at least 1ms");
  }
  const dir = given.text("dir");
  return {
    options: {
      dir: dir || defaultLocalnetDir(),
      blockTimeMs: blockTime === null ? null : Number(blockTime / NANOSECONDS_PER_MILLISECOND),
      paratime: given.text("paratime") || null,
    },
    isJson: given.switch("json"),
    isDefaultDir: dir === "",
  };
}
