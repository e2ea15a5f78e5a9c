import { toBase64 } from "../../../codec/bytes.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import { type ClientInput, clientInput, clientOptions, withClient } from "../../options/client.ts";
import { jsonText } from "../../text/json.ts";

export const debugBeaconStatus = defineCommand<ClientInput>({
  path: "debug beacon status",
  summary: "show the random beacon as JSON",
  options: clientOptions,
  resolve: clientInput,
  run: async (input, io) => {
    const beacon = await withClient(input, "failed to query beacon", (client) =>
      client.call("Beacon", "GetBeacon", 0n, { signal: io.signal }),
    );
    io.out(`${jsonText({ Beacon: beacon === null ? null : toBase64(beacon) })}\n`);
    return exitCode.ok;
  },
});
