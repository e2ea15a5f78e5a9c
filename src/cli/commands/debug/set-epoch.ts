import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";

interface Input {
  readonly client: ClientInput;
  readonly epoch: bigint;
}

export const debugControlSetEpoch = defineCommand<Input>({
  path: "debug control set-epoch",
  summary: "have the mock beacon of a test network begin an epoch",
  notes:
    "For networks whose genesis document has `beacon.params.debug_mock_backend`, and nodes with debug.dont_blame_oasis and " +
    "debug.allow_test_keys. Exits with 1 when it fails, where the official command exits with 0.",
  options: [
    ...clientOptions,
    { name: "epoch", short: "e", value: "EPOCH", default: "0", summary: "the epoch, after the current one" },
  ],
  resolve: (given) => ({ client: clientInput(given), epoch: given.u64("epoch") }),
  run: async ({ client: input, epoch }, io) => {
    await withClient(input, "failed to set epoch", (client) =>
      client.call("DebugController", "SetEpoch", epoch, { signal: io.signal }),
    );
    return exitCode.ok;
  },
});
