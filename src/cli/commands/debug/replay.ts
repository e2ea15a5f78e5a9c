import { stringifyJson } from "../../../codec/go-json.ts";
import { type ReplayOptions, runReplay } from "../../../consensus/replay.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";

export const debugReplay = defineCommand<ReplayOptions>({
  path: "debug replay",
  summary: "replay a recorded chain through the state machine",
  notes:
    "Verifies and executes every block and compares state roots, results, validator updates and header hashes with " +
    "the recorded ones. Prints one JSON object. At the first difference the replay ends, `first_mismatch` says what " +
    "was expected and what came out, and the exit code is 1. An addition to the official command line.",
  options: [
    { name: "genesis", value: "FILE", summary: "genesis document of the network" },
    {
      name: "chain",
      value: "FILE",
      summary: "recorded chain: gzip of one JSON object a line, a line a height",
    },
    { name: "to", value: "HEIGHT", default: "0", summary: "last height to replay; 0 is the last recorded" },
    {
      name: "debug.dont_blame_oasis",
      summary:
        "the network ran in debug mode; taken for granted when its genesis document has debug parameters",
    },
  ],
  resolve: (given) => {
    const to = given.u64("to");
    return {
      genesis: given.required("genesis"),
      chain: given.required("chain"),
      to: to === 0n ? null : to,
      debug: given.switch("debug.dont_blame_oasis") ? true : null,
    };
  },
  run: async (options, io) => {
    const result = await runReplay(options, { attestation: null });
    io.out(`${stringifyJson(result)}\n`);
    if (result.first_mismatch === null) {
      return exitCode.ok;
    }
    const { height, what, expected, got } = result.first_mismatch;
    io.err(`height ${height}: ${what} differs\n  expected ${expected}\n  got      ${got}\n`);
    return exitCode.failed;
  },
});
