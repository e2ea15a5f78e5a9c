import { stringifyJson } from "../../../codec/go-json.ts";
import type { ReplayMismatch, ReplayOptions } from "../../../consensus/replay.ts";
import type { QuoteRules } from "../../../tee/quote-rules.ts";
import { defineCommand } from "../../command.ts";
import { CommandError, exitCode } from "../../errors.ts";
import { systemReason } from "../../files.ts";
import type { Given } from "../../given.ts";
import { quoteRuleOptions, readQuoteRules } from "../../options/quote-rules.ts";

/** What is replayed, and how strict the network was with enclaves. */
interface ReplayInput extends ReplayOptions {
  readonly quoteRules: QuoteRules;
}

export const debugReplay = defineCommand<ReplayInput>({
  path: "debug replay",
  summary: "replay a recorded chain through the state machine",
  notes:
    "Verifies and executes every block and compares state roots, results, validator updates and header hashes with " +
    "the recorded ones. Prints one JSON object. At the first difference the replay ends, `first_mismatch` says what " +
    "was expected and what came out, and the exit code is 1. Upgrades that operators submitted to their nodes past " +
    "governance are recognised by what they did to the state, and listed as `local_upgrades`. An addition to the " +
    "official command line.",
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
    ...quoteRuleOptions,
  ],
  resolve: resolveReplay,
  run: async (options, io) => {
    // Loaded here: no other command needs the state machine.
    const { runReplay } = await import("../../../consensus/replay.ts");
    const attestation = async () => {
      const { createAttestationVerifier } = await import("../../../tee/attestation-verifier.ts");
      return createAttestationVerifier(options.quoteRules);
    };
    const result = await runReplay(options, { attestation }).catch((error: unknown) => {
      // The only part that zlib reads is the recorded chain.
      if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_")) {
        throw new CommandError(`${options.chain} is no recorded chain: it is not gzip, or damaged`);
      }
      if (!(error instanceof Error) || !("syscall" in error)) throw error;
      throw new CommandError(
        `cannot read ${(error as NodeJS.ErrnoException).path ?? options.chain}: ${systemReason(error)}`,
      );
    });
    io.out(`${stringifyJson(result)}\n`);
    if (result.first_mismatch === null) return exitCode.ok;
    io.err(mismatchText(result.first_mismatch));
    return exitCode.failed;
  },
});

/** @internal for tests */
export function resolveReplay(given: Given): ReplayInput {
  const to = given.u64("to");
  return {
    genesis: given.required("genesis"),
    chain: given.required("chain"),
    to: to === 0n ? null : to,
    debug: given.switch("debug.dont_blame_oasis") ? true : null,
    quoteRules: readQuoteRules(given),
  };
}

function mismatchText({ height, what, expected, got }: ReplayMismatch): string {
  return `height ${height}: ${what} differs\n  expected ${expected}\n  got      ${got}\n`;
}
