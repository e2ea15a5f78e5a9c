import { describeFailure } from "../../runtime/failure.ts";
import type { HostTrouble } from "../../runtime/host.ts";
import { NONE_NEEDED, type Waiting } from "../../telemetry/waiting.ts";
import type { NoRound } from "../round-context.ts";

/** What a ParaTime's worker waits for, in the words of the status page; since when is for the worker to say. */
export type WaitingText = Omit<Waiting, "sinceMs">;

export const waitingForProcess = waitingFor("the ParaTime process", null, NONE_NEEDED);

/** There is no round to work on. */
export function noRoundWaiting(reason: NoRound): WaitingText {
  switch (reason) {
    case "notStarted":
      return waitingFor("the first block", null, NONE_NEEDED);
    case "notRegistered":
      return waitingFor(
        "the ParaTime's descriptor",
        "the ParaTime is not in the registry, or suspended",
        "check the ParaTime identifier in the configuration; its owner registers it with `oasis-node registry runtime gen_register`",
      );
    case "noLightBlock":
      return waitingFor("the consensus block of the ParaTime's last round", "it was pruned", NONE_NEEDED);
  }
}

/** Another node has executed the round. */
export function stateMissingWaiting(round: bigint): WaitingText {
  return waitingFor(
    `the state of round ${round}`,
    "another node computed it",
    "this version has no peers to fetch it from: run the ParaTime's only compute node",
  );
}

/** The round could not be stored. */
export function diskWaiting(round: bigint, cause: string): WaitingText {
  return waitingFor(
    `the disk to take round ${round}`,
    cause,
    "see the cause: free space in the data directory, or check the disk; tried again at the next block",
  );
}

/**
 * The process runs and has not taken a consensus block yet.
 * @param problem why it did not take the last one; null before it was asked
 * @param trouble what happened to the processes before it
 */
export function trustWaiting(
  problem: string | null,
  trouble: HostTrouble | null,
): WaitingText & { sinceMs?: number } {
  const what = "the ParaTime to accept the latest consensus block";
  if (problem !== null)
    return waitingFor(
      what,
      `it did not accept the last one: ${problem}`,
      "Read the ParaTime's own log; it is asked again by itself.",
    );
  if (trouble === null) return waitingFor(what, null, NONE_NEEDED);
  const { text, remedy } = describeFailure(trouble.cause);
  return { ...waitingFor(what, text, remedy), sinceMs: trouble.sinceMs };
}

function waitingFor(what: string, cause: string | null, remedy: string): WaitingText {
  return { for: what, cause, remedy };
}
