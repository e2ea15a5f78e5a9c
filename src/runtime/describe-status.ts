import { NONE_NEEDED, type Waiting } from "../telemetry/waiting.ts";
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
      return { for: startingFor[status.step], sinceMs, cause: null, remedy: NONE_NEEDED };
    case "waiting": {
      const { text, remedy } = describeFailure(status.cause);
      const again = new Date(status.retryAtMs).toISOString();
      return { for: `the next start of the ParaTime's process at ${again}`, sinceMs, cause: text, remedy };
    }
  }
}

/** What is not as it should be although the ParaTime answers; `null` when nothing is. */
export function hostWarning(status: HostStatus): string | null {
  if (status.state !== "ready" || status.logFlood === null) return null;
  const since = new Date(status.logFlood.sinceMs).toISOString();
  return `the ParaTime floods its log since ${since}: ${status.logFlood.droppedBytes} bytes were dropped`;
}

const startingFor = {
  spawning: "the ParaTime's process to be created",
  connecting: "the ParaTime's process to connect",
  introducing: "the ParaTime's process to introduce itself",
} as const;
