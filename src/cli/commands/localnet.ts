import type { LocalnetOptions } from "../../node/localnet/localnet.ts";
import type { LocalnetEvent } from "../../node/localnet/localnet-events.ts";
import { MAX_VALIDATORS } from "../../node/localnet/localnet-nodes.ts";
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
  summary: "run a network with a ParaTime on this machine",
  notes:
    "An addition to the official command line. One process is validator, compute node and client. With --validators N " +
    "(2 to 20) there are N validators of equal power, each an ordinary node in a process and folder of its own with its " +
    "log in `node/node.log`, and a seed by which they find each other; the first runs the ParaTime, with --compute N the " +
    "first N, of which a third may be missing. A node that ends is " +
    "told of, and the others go on while they are more than two thirds. Started again with the same folder the network " +
    "continues its chain. Ctrl-C stops it. With --json it prints one JSON object a line: `progress` (`step`), `node` " +
    "(`node`, `state`: `started`, `waiting`, `ready` or `ended`), `network` (whether it goes on without a node), " +
    "`stopped`, and `ready` with `socket`, `grpc`, `http`, `runtime_id`, `chain_context`, `genesis`, `nodes` (each " +
    "`name`, `socket`, `consensus_address` as `p2p.seeds` takes it, null when it takes no peers) and `seed`.",
  options: [
    { name: "dir", value: "DIR", summary: "folder of the network; one in your home by default" },
    {
      name: "validators",
      value: "N",
      summary: `validators, 1 to ${MAX_VALIDATORS}; those of the folder's network by default, one for a new one`,
    },
    {
      name: "compute",
      value: "N",
      summary:
        "how many of the validators run the ParaTime and are its committee; one for a new network by default",
    },
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
    const { growHeapSparingly } = await import("../sparing-heap.ts");
    growHeapSparingly();
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
      validators: given.isTyped("validators") ? given.int("validators", 1, MAX_VALIDATORS) : null,
      compute: given.isTyped("compute") ? given.int("compute", 1, MAX_VALIDATORS) : null,
    },
    isJson: given.switch("json"),
    isDefaultDir: dir === "",
  };
}
