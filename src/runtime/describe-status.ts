import { NONE_NEEDED, type Waiting, type Warning } from "../telemetry/waiting.ts";
import { describeFailure } from "./failure.ts";
import type { HostStatus } from "./host.ts";

/**
 * What a runtime host waits for, in the words of the status page; `null` when its ParaTime answers calls.
 * The official node says "waiting for hosted runtime provision" in all these cases.
 */
export function hostWaiting(status: HostStatus): Waiting | null {
  const { state, sinceMs } = status;
  switch (state) {
    case "ready":
      return null;
    case "stopped":
      return { for: "the ParaTime's process to be started", sinceMs, cause: null, remedy: NONE_NEEDED };
    case "starting":
      return startWaiting(status);
    case "waiting": {
      const { text, remedy } = describeFailure(status.cause);
      const again = new Date(status.retryAtMs).toISOString();
      const what = `the next start of the ParaTime's process at ${again}`;
      return { for: what, sinceMs: status.failingSinceMs, cause: text, remedy };
    }
  }
}

/** While it is being started again it still waits for the same reason. */
function startWaiting({ step, sinceMs, trouble }: Extract<HostStatus, { state: "starting" }>): Waiting {
  if (trouble === null) return { for: startingFor[step], sinceMs, cause: null, remedy: NONE_NEEDED };
  const { text, remedy } = describeFailure(trouble.cause);
  return { for: startingFor[step], sinceMs: trouble.sinceMs, cause: text, remedy };
}

/** What is not as it should be although the ParaTime answers; `null` when nothing is. */
export function hostWarning(status: HostStatus): Warning | null {
  if (status.state !== "ready" || status.logFlood === null) return null;
  const { sinceMs, droppedBytes } = status.logFlood;
  return {
    text: `the ParaTime floods its log: ${droppedBytes} bytes were dropped`,
    sinceMs,
    remedy:
      "Lower the level that the ParaTime logs at, or raise `runtime.log.max_log_size` if its log is needed.",
  };
}

const startingFor = {
  spawning: "the ParaTime's process to be created",
  connecting: "the ParaTime's process to connect",
  introducing: "the ParaTime's process to introduce itself",
} as const;
