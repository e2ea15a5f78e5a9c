import { createRuntimeHost } from "../../src/runtime/create-runtime-host.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";

/**
 * A program that hosts a ParaTime until somebody kills it. It prints the process id of the sandbox when the ParaTime is
 * ready. Arguments: the ParaTime's executable and a data directory.
 */
const [binary, dataDir] = process.argv.slice(2);
const host = createRuntimeHost(
  {
    runtimeId: new Uint8Array(32),
    binary: binary!,
    expectedVersion: () => null,
    processHost: "sandbox",
    dataDir: dataDir!,
    chainContext: "46".repeat(32),
  },
  { handler: {}, logger: silentLogging.logger("runtime") },
);
host.subscribe(() => {
  const status = host.status();
  console.log(status.state === "ready" ? status.pid : status.state);
});
host.start();
