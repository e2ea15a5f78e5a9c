import { HostFailureError } from "./failure.ts";
import { type ProcessHost, spawnProcess } from "./process-host.ts";
import { inspectExecutable } from "./sandbox/sandbox-host.ts";

/**
 * Runs ParaTimes as ordinary processes with all rights of the node. For debugging a ParaTime only; the configuration
 * admits it only with the debug flag.
 */
export function unconfinedHost(): ProcessHost {
  return {
    socketPathFor: (hostPath) => hostPath,
    explainExit: () => null,
    async launch({ executable, environment }) {
      // Not for the libraries' sake, which the system's linker finds: a clear error for what is no executable.
      inspectExecutable(executable);
      try {
        return await spawnProcess(executable, [], environment);
      } catch (error) {
        throw new HostFailureError({
          kind: "spawnFailed",
          path: executable,
          reason: (error as Error).message,
        });
      }
    },
  };
}
